/** Spearman's rank correlation, -1..1: Pearson's of the ranks, ties sharing their mean rank. NaN below two items, or where one list does not vary. */
export function rankCorrelation(one: readonly number[], other: readonly number[]): number {
  if (one.length !== other.length)
    throw new RangeError(`Expected lists of one length, got ${one.length} and ${other.length}`);
  return correlation(ranks(one), ranks(other));
}

function correlation(one: readonly number[], other: readonly number[]): number {
  const [first, second] = [mean(one), mean(other)];
  let [product, own, others] = [0, 0, 0];
  for (const [index, value] of one.entries()) {
    const [x, y] = [value - first, (other[index] as number) - second];
    product += x * y;
    own += x * x;
    others += y * y;
  }
  return product / Math.sqrt(own * others);
}

function ranks(values: readonly number[]): number[] {
  const order = [...values.keys()].sort((one, other) => (values[one] as number) - (values[other] as number));
  const found = new Array<number>(values.length);
  for (let start = 0; start < order.length; ) {
    let end = start;
    while (end < order.length && values[order[end] as number] === values[order[start] as number]) end++;
    for (let at = start; at < end; at++) found[order[at] as number] = (start + end - 1) / 2;
    start = end;
  }
  return found;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
