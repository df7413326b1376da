import type { Ranked } from "./auc.js";

/** Items whose scores lie in [low, high); the last bin holds its upper end as well. */
export interface ReliabilityBin {
  readonly low: number;
  readonly high: number;
  readonly count: number;
  /** Mean score; NaN in an empty bin. */
  readonly confidence: number;
  /** Share that is correct; NaN in an empty bin. */
  readonly frequency: number;
}

export interface Calibration {
  /**
   * Expected calibration error, 0..1: mean distance of confidence and frequency, each bin weighing as many items as it
   * has (Naeini et al., 2015; Guo et al., 2017, arXiv 1706.04599, equation 3). NaN without items.
   */
  readonly error: number;
  readonly bins: readonly ReliabilityBin[];
}

/** How far scores are the probabilities that they claim to be, over bins of equal width in 0..1. */
export function calibration(items: readonly Ranked[], bins = 10): Calibration {
  const sums = Array.from({ length: bins }, () => ({ count: 0, scores: 0, correct: 0 }));
  for (const { score, correct } of items) {
    if (!(score >= 0 && score <= 1)) throw new RangeError(`Expected a score from 0 to 1, got ${score}`);
    const bin = sums[Math.min(bins - 1, Math.floor(score * bins))] as (typeof sums)[number];
    bin.count += 1;
    bin.scores += score;
    bin.correct += Number(correct);
  }
  const found = sums.map(({ count, scores, correct }, index) => ({
    ...{ low: index / bins, high: (index + 1) / bins, count },
    confidence: scores / count,
    frequency: correct / count,
  }));
  const filled = found.filter(({ count }) => count > 0);
  const error = filled.reduce(
    (sum, { count, confidence, frequency }) => sum + count * Math.abs(confidence - frequency),
    0,
  );
  return { error: error / items.length, bins: found };
}

/** Share of the items on whose side of `threshold` they should be: correct ones at or above it. NaN without items. */
export function accuracy(items: readonly Ranked[], threshold = 0.5): number {
  return items.filter(({ score, correct }) => score >= threshold === correct).length / items.length;
}
