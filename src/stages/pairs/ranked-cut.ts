import { rankOf } from "../seeds.js";

/**
 * A random choice of at most `most` items of each group, made in two passes over items that nobody holds: offer them all,
 * then ask again. Memory grows with `most`, not with the items. The choice follows from ids and seed, whatever the order.
 */
export class RankedCut {
  /** The lowest ranks of each group, rising, with the numbers that were offered with them. */
  readonly #kept = new Map<string, { ranks: string[]; values: number[] }>();

  constructor(
    readonly most: number | null,
    readonly seed: number,
    readonly purpose: string,
  ) {}

  offer(group: string, id: string, value = 0): void {
    if (this.most === null) return;
    const kept = this.#kept.get(group) ?? { ranks: [], values: [] };
    const { ranks, values } = kept;
    const rank = this.#rank(id);
    const place = placeOf(rank, ranks);
    if (place < this.most && ranks[place] !== rank) {
      ranks.splice(place, 0, rank);
      values.splice(place, 0, value);
      if (ranks.length > this.most) {
        ranks.pop();
        values.pop();
      }
    }
    this.#kept.set(group, kept);
  }

  /** Of everything offered what is kept: its group and its number. */
  *kept(): Generator<[group: string, value: number]> {
    for (const [group, { values }] of this.#kept) for (const value of values) yield [group, value];
  }

  keeps(group: string, id: string): boolean {
    if (this.most === null) return true;
    const last = this.#kept.get(group)?.ranks.at(-1);
    return last !== undefined && this.#rank(id) <= last;
  }

  #rank(id: string): string {
    return rankOf(id, this.seed, this.purpose);
  }
}

/** Where `rank` belongs among rising `ranks`. */
function placeOf(rank: string, ranks: readonly string[]): number {
  let [low, high] = [0, ranks.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ranks[middle] as string) < rank) low = middle + 1;
    else high = middle;
  }
  return low;
}
