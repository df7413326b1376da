import type { AnyPairRow, GridSide, PairFiles, PairSide } from "../../adapters/arrow/index.js";
import { decodeImage, encodePng, imageEnding } from "../../adapters/images/index.js";
import { pairId, type StageRow, type Store, type StoredPair } from "../../adapters/store/index.js";
import { StoreError } from "../../errors.js";
import { pictureFiles } from "../../pictures/picture-files.js";
import { NEVER_COMMITTED } from "../../records/candidate.js";
import type { PictureFormat } from "../../records/picture.js";
import type { ReviewAnswer, ReviewOrder } from "../../records/review.js";
import { sidesOf } from "./blind-order.js";
import { isGrid, knownAfter } from "./known-tokens.js";

/** One image of a pair as it is shown: nothing here tells which one the judge preferred. */
export interface ShownImage {
  readonly id: string;
  /** Decoding steps that can be shown; 0 when the path is not known. */
  readonly steps: number;
  /** Whether there is a larger one of it to look at: a picture is shown small first. */
  readonly zooms: boolean;
}

export interface ShownPair {
  readonly id: string;
  readonly prompt: string;
  readonly left: ShownImage;
  readonly right: ShownImage;
}

/** What a person sees, and how far they are. */
export interface ReviewView {
  readonly reviewer: string;
  /** Pairs of the set. */
  readonly total: number;
  readonly answered: number;
  /** The last thing this person said here, which the next answer must name; 0 for nothing yet. */
  readonly last: number;
  /** Null when every pair is answered. */
  readonly pair: ShownPair | null;
  /** The one after, so that its images can be fetched ahead. */
  readonly next: ShownPair | null;
}

/** What a person says: `after` is the `last` of the view they saw. */
export interface Said {
  readonly reviewer: string;
  readonly after: number;
  readonly pair: string;
  readonly answer: ReviewAnswer;
}

/** Where people judge the pairs of one set. */
export interface ReviewSession {
  view(reviewer: string): Promise<ReviewView>;
  /** Keeps the answer, then shows the next pair. Undefined, and nothing kept, when `after` is not the last thing said. */
  answer(said: Said): Promise<ReviewView | undefined>;
  /** Takes back the last answer and shows its pair again. Undefined as `answer`. */
  undo(said: Pick<Said, "reviewer" | "after">): Promise<ReviewView | undefined>;
  /** One image of a pair: whole, or what was known of it after `step` steps; of a picture a small one. Undefined when there is none. */
  image(pair: string, candidateId: string, step?: number): Promise<ShownBytes | undefined>;
  /** A picture of a pair as it came. Undefined when there is none. */
  whole(pair: string, candidateId: string): Promise<ShownBytes | undefined>;
}

/** An encoded image, as a browser is given it. */
export interface ShownBytes {
  readonly bytes: Uint8Array;
  readonly format: PictureFormat;
}

/** Longest side of a picture that is shown before anyone looks closer: as large as most screens show half of a page. */
const SHOWN_SIDE = 1024;

/** Opens a review of the pairs of a finished stage. */
export function openReviewSession(params: {
  readonly store: Store;
  readonly pairs: StageRow;
  readonly files: PairFiles;
  readonly order: ReviewOrder;
}): ReviewSession {
  const { store, pairs, order } = params;
  const total = store.shards.progress(pairs.id).rows;
  const view = async (reviewer: string, first?: StoredPair): Promise<ReviewView> => {
    const waiting = store.reviews.waiting(pairs.id, reviewer, order, 2);
    const [now, next] = first ? [first, ...waiting.filter(({ id }) => id !== first.id)] : waiting;
    return {
      ...{ reviewer, total },
      answered: store.reviews.answered(pairs.id, reviewer),
      last: store.reviews.lastId(pairs.id, reviewer),
      pair: now ? await shown(params, reviewer, now) : null,
      next: next ? await shown(params, reviewer, next) : null,
    };
  };
  const pictures = pictureFiles(store.workspace.root);
  const sideIn = async (id: string, candidateId: string) => {
    const pair = store.pairs.inStage(pairs.id, id);
    return pair && sideOf(await rowOf(params.files, pair), candidateId);
  };
  const isCurrent = (reviewer: string, after: number) => store.reviews.lastId(pairs.id, reviewer) === after;
  return {
    view,
    answer: async ({ reviewer, after, pair, answer }) => {
      const found = store.pairs.inStage(pairs.id, pair);
      if (found === undefined || !isCurrent(reviewer, after)) return undefined;
      store.reviews.answer({ stageId: pairs.id, reviewer, ...sidesOf(reviewer, found), answer });
      return view(reviewer);
    },
    undo: async ({ reviewer, after }) => {
      if (!isCurrent(reviewer, after)) return undefined;
      const taken = store.reviews.undo(pairs.id, reviewer);
      return view(reviewer, taken && pairOn(store, pairs, taken));
    },
    image: async (id, candidateId, step) => {
      const side = await sideIn(id, candidateId);
      if (side?.picture === undefined) return side && shownGrid(side, step);
      const { sha256, path } = side.picture;
      const picture = store.pictures.find(sha256) ?? { sha256, place: path };
      if (step !== undefined) return undefined;
      return { bytes: await pictures.thumbnail(picture, SHOWN_SIDE), format: "jpeg" };
    },
    whole: async (id, candidateId) => {
      const side = await sideIn(id, candidateId);
      const found = side?.picture && store.pictures.find(side.picture.sha256);
      return found && { bytes: await pictures.bytes(found), format: found.format };
    },
  };
}

/** An image as PNG, or what was known of it after `step` steps; undefined where that is not known. */
async function shownGrid({ png, committedAt }: GridSide, step?: number): Promise<ShownBytes | undefined> {
  const isWhole = step === undefined;
  if (isWhole && imageEnding(png) === "png") return { bytes: png, format: "png" };
  const pixels = await decodeImage(png);
  // Imported images may be of a kind that browsers do not show.
  if (isWhole) return { bytes: await encodePng(pixels), format: "png" };
  if (!isGrid(pixels, committedAt)) return undefined;
  return { bytes: await encodePng(knownAfter(pixels, committedAt, step)), format: "png" };
}

/** The pair of the set whose images an answer was about. */
function pairOn(
  store: Store,
  { id }: StageRow,
  { leftId, rightId }: { readonly leftId: string; readonly rightId: string },
): StoredPair | undefined {
  const ids = [pairId(leftId, rightId), pairId(rightId, leftId)];
  return ids.map((one) => store.pairs.inStage(id, one)).find((pair) => pair !== undefined);
}

async function shown(
  { store, files }: { readonly store: Store; readonly files: PairFiles },
  reviewer: string,
  pair: StoredPair,
): Promise<ShownPair> {
  const row = await rowOf(files, pair);
  const { leftId, rightId } = sidesOf(reviewer, pair);
  const image = (id: string) => {
    const side = sideOf(row, id);
    return { id, steps: stepsOf(side), zooms: side?.picture !== undefined };
  };
  const prompt = store.prompts.find(pair.promptId)?.text ?? row.prompt;
  return { id: pair.id, prompt, left: image(leftId), right: image(rightId) };
}

/** Steps after which something new was known. */
function stepsOf(side: PairSide | undefined): number {
  const committed = [...(side?.committedAt ?? [])].filter((step) => step !== NEVER_COMMITTED);
  return Math.max(-1, ...committed) + 1;
}

async function rowOf(files: PairFiles, pair: StoredPair): Promise<AnyPairRow> {
  const { file, sha256, row, id } = pair;
  if (file === null)
    throw new StoreError(`Pair ${id} lies in a shard without a file: its images are not here.`);
  return files.read({ file, sha256, row });
}

function sideOf(row: AnyPairRow, candidateId: string): PairSide | undefined {
  return [row.chosen, row.rejected].find(({ id }) => id === candidateId);
}
