import { createHash } from "node:crypto";
import { decodeImage } from "../../adapters/images/index.js";
import { openSpool, pairId, type Spool } from "../../adapters/store/index.js";
import { MOST } from "../../config/limits.js";
import { StoreError } from "../../errors.js";
import { inOrder } from "../../pictures/in-order.js";
import { MOST_ENCODED } from "../../pictures/limits.js";
import { lookAt } from "../../pictures/look-at.js";
import { countLeftOut, type LeftOut } from "../../records/left-out.js";
import type { BroughtImage, Preference } from "../../records/preference.js";
import type { Prompt } from "../../records/prompt.js";
import { hashOf } from "../hash.js";
import {
  PictureSpool,
  type PreparedPicture,
  preparePicture,
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
  readonly leftOut: LeftOut;
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
  const pictures = new PictureSpool(params);
  const spools = { pairs: openSpool<SpooledComparison>(), ties: openSpool<SpooledComparison>() };
  const hash = createHash("sha256");
  const { leftOut, onLeftOut } = countLeftOut();
  const closeSpools = () => {
    for (const spool of [spools.pairs, spools.ties]) spool.close();
  };
  try {
    for await (const preference of inOrder(read(onLeftOut), AT_ONCE, (one) => prepared(one, params))) {
      params.signal?.throwIfAborted();
      for (const { picture } of preference.images) pictures.add(picture);
      for await (const { tie, ...comparison } of comparisonsOf(preference, onLeftOut)) {
        const spool = tie ? spools.ties : spools.pairs;
        const { chosenId, rejectedId } = comparison;
        if (spool.add(pairId(chosenId, rejectedId), comparison))
          hash.update(`${hashOf([tie, comparison])}\n`);
        else onLeftOut("pair like an earlier one");
      }
    }
    if (spools.pairs.length + spools.ties.length === 0) throw nothingIn(leftOut);
  } catch (error) {
    pictures.abandon();
    closeSpools();
    throw error;
  }
  const spooled = pictures.whole();
  const close = () => {
    spooled.spool.close();
    closeSpools();
  };
  return { pictures: spooled, ...spools, hash: hash.digest("hex"), leftOut, close };
}

interface LookedAt extends BroughtImage {
  readonly picture: PreparedPicture;
}

async function prepared(preference: Preference, params: SpoolParams): Promise<Preference<LookedAt>> {
  const images: LookedAt[] = [];
  for (const image of preference.images)
    images.push({ ...image, picture: await pictureOf(image, preference, params) });
  return { ...preference, images };
}

async function pictureOf(
  { bytes, seed, metadata = {} }: BroughtImage,
  { prompt, where }: Preference,
  params: SpoolParams,
): Promise<PreparedPicture> {
  const said = () => ({ prompt, metadata, ...(seed === undefined ? {} : { seed }) });
  return preparePicture(await lookAt({ content: { bytes }, where, said }, MOST_ENCODED), params);
}

async function* comparisonsOf(
  preference: Preference<LookedAt>,
  onLeftOut: (reason: string) => void,
): AsyncGenerator<SpooledComparison & { readonly tie: boolean }> {
  for (const two of comparedImages(preference)) {
    if (await isOnePicture(two.better, two.worse)) {
      onLeftOut(SAME);
      continue;
    }
    const [better, worse] = [two.better.picture, two.worse.picture];
    const { betterScore, worseScore, tie } = agreeing(two, preference);
    yield {
      prompt: better.prompt,
      ...{ chosenId: better.candidate.id, rejectedId: worse.candidate.id },
      ...{ chosenScore: betterScore, rejectedScore: worseScore, tie },
    };
  }
}

async function pixelsOf({ bytes }: LookedAt): Promise<Uint8Array> {
  return (await decodeImage(bytes, MOST.picturePixels)).data;
}

function nothingIn(leftOut: LeftOut): StoreError {
  const counts = Object.entries(leftOut).map(([reason, count]) => `${reason} (${count})`);
  const found = counts.length === 0 ? "no row" : `none but what is no pair: ${counts.join(", ")}`;
  return new StoreError(`Expected at least one pair of pictures to import, got ${found}. Name another file.`);
}

/** By the bytes, or pixel by pixel where both look alike. */
async function isOnePicture(one: LookedAt, other: LookedAt): Promise<boolean> {
  const [first, second] = [one.picture.candidate, other.picture.candidate];
  if (first.id === second.id) return true;
  const facts = ["width", "height", "looks"] as const;
  if (facts.some((fact) => first.picture[fact] !== second.picture[fact])) return false;
  const [pixels, others] = [await pixelsOf(one), await pixelsOf(other)];
  return Buffer.compare(pixels, others) === 0;
}
