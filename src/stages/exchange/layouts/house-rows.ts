import { type AnyPairRow, encodedSide, type PairSide } from "../../../adapters/arrow/index.js";
import type { BroughtImage, Preference } from "../../../records/preference.js";
import { type Cells, idInPath, ourId } from "./cells.js";
import type { Layout } from "./layout.js";

const SIDES = ["chosen", "rejected"] as const;
const OF_SIDE = ["id", "score", "seed", "tokens", "committed_at"] as const;

/** Pairs as most write them, and the house as well: what stands beside the two images is read where it is there. */
export const PAIRS: Layout = {
  needs: ["prompt", ...SIDES],
  reads: SIDES.flatMap((side) => OF_SIDE.map((name) => `${side}_${name}`)),
  preference: (cells) => {
    const images = SIDES.map((side) => imageIn(cells, side));
    const [chosen, rejected] = images;
    const tie = chosen?.score !== undefined && chosen.score === rejected?.score;
    return { prompt: cells.prompt("prompt"), images, ranks: tie ? [0, 0] : [0, 1], where: cells.where };
  },
};

function imageIn(cells: Cells, side: string): BroughtImage {
  const { bytes, path } = cells.image(side);
  const column = (name: (typeof OF_SIDE)[number]) => {
    const full = `${side}_${name}`;
    return cells.has(full) ? full : undefined;
  };
  const [id, score, seed, tokens, committed] = OF_SIDE.map(column);
  return {
    bytes,
    ...(id === undefined ? idInPath(path) : ourId(cells.text(id))),
    ...(score === undefined ? {} : { score: cells.number(score) }),
    ...(seed === undefined ? {} : { seed: cells.seed(seed) }),
    ...(tokens === undefined ? {} : { tokens: Uint16Array.from(cells.integers(tokens, 2 ** 16 - 1)) }),
    ...(committed === undefined ? {} : { committedAt: Uint8Array.from(cells.integers(committed, 255)) }),
  };
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
