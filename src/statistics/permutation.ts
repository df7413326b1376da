import { type RandomStream, randomStream } from "./random.js";
import { type Stratum, sum } from "./strata.js";

export interface PermutationSettings {
  /** Random sign patterns drawn, at least 1. */
  readonly resamples: number;
  readonly seed: number;
}

/**
 * Two-sided p-value of "the two checkpoints are alike" for strata of differences: a paired sign-flip permutation test
 * whose unit is the prompt and whose statistic is the overall difference. With the +1 correction (Phipson and Smyth,
 * 2010) it is never 0; its smallest value is 1 / (resamples + 1).
 */
export function signFlipPValue(strata: readonly Stratum[], settings: PermutationSettings): number {
  const shares = promptShares(strata);
  const observed = Math.abs(sum(shares));
  // Sums of the same numbers in another order differ in their last bits; they still count as equal.
  const limit = observed - 1e-12;
  const random = randomStream(settings.seed);
  let atLeast = 0;
  for (let flip = 0; flip < settings.resamples; flip++) {
    if (Math.abs(flippedSum(shares, random)) >= limit) atLeast++;
  }
  return (1 + atLeast) / (1 + settings.resamples);
}

/** What each prompt adds to the overall difference; prompts that add nothing are left out. */
function promptShares(strata: readonly Stratum[]): Float64Array {
  const shares = strata.flatMap((stratum) => {
    const weight = 1 / (sum(stratum.images) * strata.length);
    return [...stratum.numerators].map((numerator) => numerator * weight);
  });
  return Float64Array.from(shares.filter((share) => share !== 0));
}

function flippedSum(shares: Float64Array, random: RandomStream): number {
  let total = 0;
  let bits = 0;
  for (let index = 0; index < shares.length; index++) {
    if (index % 32 === 0) bits = random.next();
    const share = shares[index] as number;
    total += (bits >>> (index % 32)) & 1 ? share : -share;
  }
  return total;
}
