import { rankOf } from "../seeds.js";

/**
 * A random choice of at most `most` items of each group, made in two passes over items that nobody holds: offer them all,
 * then ask again. Memory grows with `most`, not with the items. The choice follows from ids and seed, whatever the order.
 */
export class RankedCut {
  /** The lowest ranks of each group, rising. */
  readonly #kept = new Map<string, string[]>();

  constructor(
    readonly most: number | null,
    readonly seed: number,
    readonly purpose: string,
  ) {}

  offer(group: string, id: string): void {
    if (this.most === null) return;
    const kept = this.#kept.get(group) ?? [];
    const rank = this.#rank(id);
    const place = placeOf(rank, kept);
    if (place < this.most && kept[place] !== rank) {
      kept.splice(place, 0, rank);
      if (kept.length > this.most) kept.pop();
    }
    this.#kept.set(group, kept);
  }

  keeps(group: string, id: string): boolean {
    if (this.most === null) return true;
    const last = this.#kept.get(group)?.at(-1);
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
