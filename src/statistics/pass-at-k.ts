import { type Outcome, overallValue, type Stratum, scoreStrata } from "./strata.js";

/**
 * Chance that at least one of k images drawn from a prompt's `images` is correct, `correct` of them being so: the
 * unbiased estimator of arXiv 2107.03374, equation 1. Throws a RangeError when there are fewer than k images.
 */
export function passAtK(images: number, correct: number, k: number): number {
  if (images < k) throw new RangeError(`Expected at least ${k} images a prompt for pass@${k}, got ${images}`);
  if (images - correct < k) return 1;
  let allWrong = 1;
  for (let total = images - correct + 1; total <= images; total++) allWrong *= 1 - k / total;
  return 1 - allWrong;
}

/** pass@k as GenEval weighs it: mean over the prompts of each task, then unweighted mean over tasks. */
export function meanPassAtK(outcomes: Iterable<Outcome>, k: number): number {
  const strata = scoreStrata(outcomes).map((stratum): Stratum => {
    const numerators = stratum.numerators.map((correct, prompt) =>
      passAtK(stratum.images[prompt] as number, correct, k),
    );
    return { tag: stratum.tag, numerators, images: new Float64Array(numerators.length).fill(1) };
  });
  return overallValue(strata);
}
