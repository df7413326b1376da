/**
 * Tokens still masked after each number of steps, 0..steps: entry 0 is all of them, the last is 0.
 * Cosine schedule of MaskGIT (arXiv 2202.04200, section 3.3), falling by at least one a step.
 * Throws RangeError unless 1 <= steps <= tokens.
 */
export function maskedCounts(tokens: number, steps: number): number[] {
  if (!Number.isInteger(steps) || steps < 1 || steps > tokens) {
    throw new RangeError(
      `Decoding steps: expected a whole number from 1 to ${tokens} (tokens), got ${steps}.`,
    );
  }
  const counts = [tokens];
  for (let step = 1; step < steps; step++) {
    counts.push(Math.min(scheduled(tokens, step / steps), (counts[step - 1] as number) - 1));
  }
  return [...counts, 0];
}

/** Share of the tokens that the schedule has committed after `step` of `steps` steps, 0..1, before rounding to whole tokens. */
export function committedShare(step: number, steps: number): number {
  return step === steps ? 1 : 1 - Math.cos((Math.PI / 2) * (step / steps));
}

/** Gumbel temperature of the re-masking at the end of `step` (from 0): linear from nearly `start` to 0 at the last step. */
export function remaskingTemperature(start: number, step: number, steps: number): number {
  return start * (1 - (step + 1) / steps);
}

function scheduled(tokens: number, ratio: number): number {
  // Two languages' cosines may differ in the last bit, as at ratio 2/3 where the product is a whole number.
  return Math.floor(tokens * Math.cos((Math.PI / 2) * ratio) + 1e-9);
}
