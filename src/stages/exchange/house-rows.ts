import type { PairFileRow, PairSide } from "../../adapters/arrow/index.js";
import type { BroughtImage, Preference } from "../../records/preference.js";
import { ourId } from "./cells.js";

/** A pair of the house: equal scores are a tie, else chosen is preferred. */
export function preferenceOf(pair: PairFileRow, where: string): Preference {
  const images = [pair.chosen, pair.rejected].map(imageOf);
  return { prompt: pair.prompt, images, ranks: isTie(pair) ? [0, 0] : [0, 1], where };
}

/** Whether neither side was preferred. Mining never makes such a pair. */
export function isTie({ chosen, rejected }: PairFileRow): boolean {
  return chosen.score === rejected.score;
}

function imageOf({ id, seed, score, tokens, committedAt, png }: PairSide): BroughtImage {
  return { ...ourId(id), seed, score, tokens, committedAt, bytes: png };
}
