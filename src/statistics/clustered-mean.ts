import { BOOTSTRAP_DEFAULTS, type BootstrapSettings, type Estimate, quantile } from "./bootstrap.js";
import { randomStream } from "./random.js";

/** A value of an item, and what it belongs to: items of one cluster are no independent witnesses. */
export interface ClusteredValue {
  readonly cluster: string;
  readonly value: number;
}

/** The mean of all items with a percentile interval from resampling clusters (Efron and Tibshirani, 1993, chapter 13). Throws RangeError without items. */
export function clusteredMean(
  items: Iterable<ClusteredValue>,
  { resamples, seed, level }: BootstrapSettings = BOOTSTRAP_DEFAULTS,
): Estimate {
  const clusters = new Map<string, { sum: number; count: number }>();
  for (const { cluster, value } of items) {
    const known = clusters.get(cluster) ?? { sum: 0, count: 0 };
    clusters.set(cluster, { sum: known.sum + value, count: known.count + 1 });
  }
  const all = [...clusters.values()];
  if (all.length === 0) throw new RangeError("Expected at least one item, got none");
  const random = randomStream(seed);
  const replicates = new Float64Array(resamples).map(() => {
    let [sum, count] = [0, 0];
    for (let draw = 0; draw < all.length; draw++) {
      const drawn = all[random.below(all.length)] as (typeof all)[number];
      sum += drawn.sum;
      count += drawn.count;
    }
    return sum / count;
  });
  replicates.sort();
  const tail = (1 - level) / 2;
  const [sum, count] = all.reduce(([total, number], one) => [total + one.sum, number + one.count], [0, 0]);
  return { value: sum / count, low: quantile(replicates, tail), high: quantile(replicates, 1 - tail) };
}
