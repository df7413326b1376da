/** Mean change of paired numbers, with the standard error of that mean. */
export interface Shift {
  readonly mean: number;
  readonly standardError: number;
  /** Pairs with both numbers. */
  readonly count: number;
}

/** How far numbers moved on the same items; items that lack one of the two (null) do not count. Null below two pairs. */
export function pairedShift(
  before: readonly (number | null)[],
  after: readonly (number | null)[],
): Shift | null {
  const changes = before.flatMap((first, index) => {
    const second = after[index];
    return first === null || second === null || second === undefined ? [] : [second - first];
  });
  const count = changes.length;
  if (count < 2) return null;
  const mean = changes.reduce((sum, change) => sum + change, 0) / count;
  const squares = changes.reduce((sum, change) => sum + (change - mean) ** 2, 0);
  return { mean, standardError: Math.sqrt(squares / (count - 1) / count), count };
}
