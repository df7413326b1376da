import { createHash } from "node:crypto";
import { openSpool, pairId, type Spool } from "../../adapters/store/index.js";
import { StoreError } from "../../errors.js";
import { inOrder } from "../../pictures/in-order.js";
import { MOST_ENCODED } from "../../pictures/limits.js";
import { lookAt } from "../../pictures/look-at.js";
import type { BroughtImage, Preference } from "../../records/preference.js";
import type { Prompt } from "../../records/prompt.js";
import { hashOf } from "../hash.js";
import {
  addPicture,
  preparePicture,
  removeCopies,
  type SpooledPicture,
  type SpooledPictures,
  type SpoolParams,
} from "../pictures/spool-pictures.js";
import { comparedImages } from "./preference-pairs.js";
import { agreeing, type ReadPreferences, SAME } from "./prepared-preferences.js";

/** Two pictures of a prompt of which one is preferred, or neither. */
export interface SpooledComparison {
  readonly prompt: Prompt;
  readonly chosenId: string;
  readonly rejectedId: string;
  readonly chosenScore: number;
  readonly rejectedScore: number;
}

/** Preferences among pictures that were read to the end and found good, before anything of them is in the ledger. */
export interface SpooledPreferences {
  readonly pictures: SpooledPictures;
  readonly pairs: Spool<SpooledComparison>;
  readonly ties: Spool<SpooledComparison>;
  /** sha256 over what is preferred to what, hex. */
  readonly hash: string;
  /** What was left out, by its reason. */
  readonly leftOut: Readonly<Record<string, number>>;
  close(): void;
}

/** Preferences looked at together. */
const AT_ONCE = 4;

/**
 * Reads all preferences once, so that a fault in the last row leaves the ledger as it was; their pictures are copied into the workspace, byte
 * for byte. Memory does not grow with them. Throws StoreError or PictureError naming the row.
 */
export async function spoolPreferences(
  read: ReadPreferences,
  params: SpoolParams,
): Promise<SpooledPreferences> {
  const pictures = openSpool<SpooledPicture>();
  const spools = { pairs: openSpool<SpooledComparison>(), ties: openSpool<SpooledComparison>() };
  const [pictureHash, hash] = [createHash("sha256"), createHash("sha256")];
  const leftOut: Record<string, number> = {};
  const onLeftOut = (reason: string) => {
    leftOut[reason] = (leftOut[reason] ?? 0) + 1;
  };
  const close = () => {
    for (const spool of [pictures, spools.pairs, spools.ties]) spool.close();
  };
  let added = 0;
  try {
    for await (const preference of inOrder(read(onLeftOut), AT_ONCE, (one) => prepared(one, params))) {
      params.signal?.throwIfAborted();
      for (const { picture } of preference.images) {
        if (!pictures.add(picture.candidate.id, picture)) continue;
        addPicture(pictureHash, picture);
        if (params.store?.candidates.find(picture.candidate.id) === undefined) added += 1;
      }
      for (const { tie, ...comparison } of comparisonsOf(preference, onLeftOut)) {
        const spool = tie ? spools.ties : spools.pairs;
        const { chosenId, rejectedId } = comparison;
        if (spool.add(pairId(chosenId, rejectedId), comparison))
          hash.update(`${hashOf([tie, comparison])}\n`);
        else onLeftOut("pair that was there before");
      }
    }
    if (spools.pairs.length + spools.ties.length === 0)
      throw new StoreError(
        `Expected at least one pair of pictures to import, got none. ${JSON.stringify(leftOut)}`,
      );
  } catch (error) {
    removeCopies(pictures, params.files);
    close();
    throw error;
  }
  const spooled = { spool: pictures, hash: pictureHash.digest("hex"), added };
  return { pictures: spooled, ...spools, hash: hash.digest("hex"), leftOut, close };
}

interface PreparedPicture extends BroughtImage {
  readonly picture: SpooledPicture;
}

async function prepared(preference: Preference, params: SpoolParams): Promise<Preference<PreparedPicture>> {
  const images: PreparedPicture[] = [];
  for (const image of preference.images)
    images.push({ ...image, picture: await pictureOf(image, preference, params) });
  return { ...preference, images };
}

async function pictureOf(
  { bytes, seed, metadata = {} }: BroughtImage,
  { prompt, where }: Preference,
  params: SpoolParams,
): Promise<SpooledPicture> {
  const said = () => ({ prompt, metadata, ...(seed === undefined ? {} : { seed }) });
  return preparePicture(await lookAt({ content: { bytes }, where, said }, MOST_ENCODED), params);
}

function* comparisonsOf(
  preference: Preference<PreparedPicture>,
  onLeftOut: (reason: string) => void,
): Generator<SpooledComparison & { readonly tie: boolean }> {
  for (const two of comparedImages(preference)) {
    const [better, worse] = [two.better.picture, two.worse.picture];
    if (better.candidate.id === worse.candidate.id) {
      onLeftOut(SAME);
      continue;
    }
    const { betterScore, worseScore, tie } = agreeing(two, preference);
    yield {
      prompt: better.prompt,
      ...{ chosenId: better.candidate.id, rejectedId: worse.candidate.id },
      ...{ chosenScore: betterScore, rejectedScore: worseScore, tie },
    };
  }
}
