import type {
  AnyPairRow,
  CandidateFiles,
  GridSide,
  PairSide,
  PictureSide,
} from "../../adapters/arrow/index.js";
import { encodePng } from "../../adapters/images/index.js";
import {
  type LocatedCandidate,
  type LocatedDrawing,
  type LocatedPicture,
  pairId,
  type Store,
} from "../../adapters/store/index.js";
import { ConfigError } from "../../errors.js";
import { pictureFiles } from "../../pictures/picture-files.js";
import type { Candidate } from "../../records/candidate.js";
import type { WordIds } from "../../records/prompt.js";
import type { Decoder } from "../../records/seams.js";
import { gridOf } from "../sampling/path-of.js";
import type { PromptPair } from "./mine-all.js";

export interface PairRowTools {
  readonly store: Store;
  readonly files: CandidateFiles;
  readonly decoder: Decoder;
  /** Word ids of a prompt, shape (text,). */
  readonly encodePrompt: (text: string) => WordIds | Promise<WordIds>;
}

/**
 * Pairs as they stand in their file: token grids with the images they decode to and the word ids of their prompt, pictures by where they
 * lie. Throws ConfigError for some of each.
 */
export async function pairRows(pairs: readonly PromptPair[], tools: PairRowTools): Promise<AnyPairRow[]> {
  const { store } = tools;
  const ids = new Set(pairs.flatMap(({ chosenId, rejectedId }) => [chosenId, rejectedId]));
  const located = [...ids].map((id) => locatedCandidate(store, id));
  const pictures = located.filter((one) => one.picture !== undefined);
  if (pictures.length === 0)
    return rowsOf(pairs, await gridSides(located, tools), await wordsOf(pairs, tools));
  if (pictures.length === located.length) return rowsOf(pairs, pictureSides(store, pictures), new Map());
  throw new ConfigError(
    "Expected pairs of token grids or pairs of pictures, got some of each: a set of both cannot be trained on. " +
      "Draw from earlier pairs of the same kind, or leave --earlier out.",
  );
}

type Sides<Side extends PairSide> = (id: string, score: number) => Side;

function rowsOf<Side extends PairSide>(
  pairs: readonly PromptPair[],
  sideOf: Sides<Side>,
  words: ReadonlyMap<string, WordIds>,
): AnyPairRow[] {
  return pairs.map(({ prompt, chosenId, rejectedId, chosenScore, rejectedScore, margin }) => ({
    id: pairId(chosenId, rejectedId),
    prompt: prompt.text,
    tag: prompt.metadata?.tag ?? "",
    text: words.get(prompt.id) ?? new Uint16Array(),
    margin,
    chosen: sideOf(chosenId, chosenScore),
    rejected: sideOf(rejectedId, rejectedScore),
  }));
}

async function gridSides(
  located: readonly LocatedCandidate[],
  { store, files, decoder }: PairRowTools,
): Promise<Sides<GridSide>> {
  const ids = located.map(({ id }) => id);
  const found = await storedGrids(store, files, ids);
  const images = await decoder.decode(ids.map((id) => (found.get(id) as StoredGrid).tokens));
  const pngs = new Map((await Promise.all(images.map(encodePng))).map((png, at) => [ids[at], png]));
  return (id, score) => {
    const { seed, tokens, committedAt } = found.get(id) as StoredGrid;
    return { id, seed, score, tokens, committedAt, png: pngs.get(id) as Uint8Array };
  };
}

async function wordsOf(
  pairs: readonly PromptPair[],
  { encodePrompt }: PairRowTools,
): Promise<Map<string, WordIds>> {
  const texts = new Map<string, WordIds>();
  for (const { prompt } of pairs) {
    if (!texts.has(prompt.id)) texts.set(prompt.id, await encodePrompt(prompt.text));
  }
  return texts;
}

function pictureSides(
  { workspace }: Store,
  located: readonly (LocatedPicture | LocatedDrawing)[],
): Sides<PictureSide> {
  const files = pictureFiles(workspace.root);
  const byId = new Map(located.map((one) => [one.id, one]));
  return (id, score) => {
    const { seed, picture, metadata } = byId.get(id) as LocatedPicture | LocatedDrawing;
    const place = { sha256: picture.sha256, path: files.path(picture) };
    return { id, seed, score, metadata, picture: place, encoded: () => files.bytes(picture) };
  };
}

type StoredGrid = Pick<Candidate, "id" | "seed" | "tokens" | "committedAt">;

/** Token grids by candidate id. Throws when one is not where the ledger says, StoreError for a picture. */
export async function storedGrids(
  store: Store,
  files: CandidateFiles,
  ids: readonly string[],
): Promise<Map<string, StoredGrid>> {
  const located = ids.map((id) => gridOf(locatedCandidate(store, id), "whose tokens are read"));
  const found = await files.readMany(located);
  return new Map(located.map(({ id, seed }) => [id, { ...(found.get(id) ?? missing(id)), seed }]));
}

/** A candidate that was mined. */
export function locatedCandidate(store: Store, id: string): LocatedCandidate {
  return store.candidates.find(id) ?? missing(id);
}

function missing(id: string): never {
  throw new Error(`Candidate ${id} was mined but is not stored.`);
}
