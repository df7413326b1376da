import { type AnyPairRow, encodedSide, type PairSide } from "../../../adapters/arrow/index.js";
import type { BroughtImage, Preference } from "../../../records/preference.js";
import { type Cells, idInPath, ourId } from "./cells.js";
import type { Layout } from "./layout.js";

export const SIDES = ["chosen", "rejected"] as const;
const OF_SIDE = ["id", "score", "seed", "tokens", "committed_at", "metadata"] as const;

/** Pairs as most write them, and the house as well: what stands beside the two images is read where it is there. */
export const PAIRS: Layout = {
  needs: ["prompt", ...SIDES],
  reads: ["margin", ...SIDES.flatMap((side) => OF_SIDE.map((name) => `${side}_${name}`))],
  preference: (cells) => {
    const images = SIDES.map((side) => broughtSide(cells.image(side), cells, side));
    const ranks = ranksOf(images);
    return { prompt: cells.prompt("prompt"), images, ranks, where: cells.where, ...overruledBy(cells) };
  },
};

/** A margin below 0 says that people preferred what the scores do not. */
export function overruledBy(cells: Cells): Pick<Preference, "isOverruled"> {
  return cells.has("margin") && cells.number("margin") < 0 ? { isOverruled: true } : {};
}

/** An image with what its row states of it under the name of its side. */
export function broughtSide(
  { bytes, path }: { readonly bytes: Uint8Array; readonly path: string },
  cells: Cells,
  side: (typeof SIDES)[number],
): BroughtImage {
  const column = (name: (typeof OF_SIDE)[number]) => {
    const full = `${side}_${name}`;
    return cells.has(full) ? full : undefined;
  };
  const [id, score, seed, tokens, committed, metadata] = OF_SIDE.map(column);
  return {
    bytes,
    ...(id === undefined ? idInPath(path) : ourId(cells.text(id))),
    ...(score === undefined ? {} : { score: cells.number(score) }),
    ...(seed === undefined ? {} : { seed: cells.seed(seed) }),
    ...(tokens === undefined ? {} : { tokens: Uint16Array.from(cells.integers(tokens, 2 ** 16 - 1)) }),
    ...(committed === undefined ? {} : { committedAt: Uint8Array.from(cells.integers(committed, 255)) }),
    ...(metadata === undefined ? {} : { metadata: cells.metadata(metadata) }),
  };
}

/** What a row of text can state of a pair beside prompt and images; seeds that nobody knows are null. */
export function statedOf({
  id,
  margin,
  chosen,
  rejected,
}: AnyPairRow): Readonly<Record<string, string | number | null>> {
  return {
    pair_id: id,
    margin,
    chosen_id: chosen.id,
    rejected_id: rejected.id,
    chosen_score: chosen.score,
    rejected_score: rejected.score,
    chosen_seed: chosen.seed,
    rejected_seed: rejected.seed,
  };
}

/** Pairs of which one image is preferred. */
export async function* withoutTies(pairs: AsyncIterable<AnyPairRow>): AsyncGenerator<AnyPairRow> {
  for await (const pair of pairs) if (!isTie(pair)) yield pair;
}

/** A pair of a stage: equal scores are a tie, else chosen is preferred. */
export async function preferenceOf(pair: AnyPairRow, where: string): Promise<Preference> {
  const images = [await sideOf(pair.chosen), await sideOf(pair.rejected)];
  return { prompt: pair.prompt, images, ranks: isTie(pair) ? [0, 0] : [0, 1], where };
}

/** Whether neither side was preferred. Mining never makes such a pair. */
export function isTie({ chosen, rejected }: AnyPairRow): boolean {
  return chosen.score === rejected.score;
}

/** Ranks of two images of which the first is preferred, unless both have one score. */
export function ranksOf([first, second]: readonly BroughtImage[]): readonly number[] {
  return first?.score !== undefined && first.score === second?.score ? [0, 0] : [0, 1];
}

async function sideOf(side: PairSide): Promise<BroughtImage> {
  const { id, seed, score, tokens, committedAt } = side;
  return {
    ...ourId(id),
    ...(seed === null ? {} : { seed }),
    ...(tokens === undefined ? {} : { tokens, committedAt }),
    score,
    bytes: await encodedSide(side),
  };
}
