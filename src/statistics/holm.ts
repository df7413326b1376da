/**
 * p-values corrected for their number by Holm's step-down method (Scandinavian Journal of Statistics 6, 1979): those below a
 * level hold together, with at most that chance of a single mistake among them, however the tests depend on each other. In the order given, each 0..1.
 */
export function holmPValues(values: readonly number[]): number[] {
  const order = values
    .map((value, index) => ({ value, index }))
    .sort((one, other) => one.value - other.value);
  const corrected = new Array<number>(values.length);
  let least = 0;
  for (const [rank, { value, index }] of order.entries()) {
    least = Math.max(least, Math.min(1, value * (values.length - rank)));
    corrected[index] = least;
  }
  return corrected;
}
