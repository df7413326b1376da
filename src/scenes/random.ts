/** A stream of pseudo-random numbers that the seed alone decides. */
export interface Random {
  /** Uniform 32-bit unsigned integer. */
  bits(): number;
  /** Uniform in [low, high). */
  uniform(low: number, high: number): number;
  /** Uniform integer in [0, size). */
  index(size: number): number;
  pick<Item>(items: readonly Item[]): Item;
}

/** Mixes two 32-bit integers into one (the finaliser of MurmurHash3, public domain). */
export function mix(first: number, second: number): number {
  let value = (first ^ Math.imul(second + 0x9e3779b9, 0x85ebca6b)) >>> 0;
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}

/** A counter-based stream: the n-th number is a mix of the seed and n. */
export function createRandom(seed: number): Random {
  let counter = 0;
  const bits = () => mix(mix(seed >>> 0, counter++), 0x2545f491);
  const index = (size: number) => Math.floor((bits() / 2 ** 32) * size);
  return {
    bits,
    index,
    uniform: (low, high) => low + (bits() / 2 ** 32) * (high - low),
    pick: <Item>(items: readonly Item[]) => items[index(items.length)] as Item,
  };
}

/** A shuffled copy. */
export function shuffled<Item>(items: readonly Item[], random: Random): Item[] {
  const copy = [...items];
  for (let last = copy.length - 1; last > 0; last--) {
    const other = random.index(last + 1);
    [copy[last], copy[other]] = [copy[other] as Item, copy[last] as Item];
  }
  return copy;
}
