/** What a random number is for: each use has numbers of its own. Ids are part of every stored candidate. */
export const STREAMS = { draw: 0, gumbel: 1, remask: 2 } as const;

/**
 * A uniform number in [0, 1), a multiple of 2^-24 (exact in float32), from its coordinates alone.
 * Python's `espalier_torch.runtime.randomness` gives the same numbers; test/contract/randomness.json holds both to it.
 * All arguments are unsigned 32-bit integers.
 */
export function uniform(seed: number, step: number, position: number, stream: number): number {
  return (randomBits(seed, step, position, stream) >>> 8) / 0x1000000;
}

/** A standard Gumbel number from its coordinates: -log(-log(u)), u taken from the middle of its 2^-24 cell. */
export function gumbel(seed: number, step: number, position: number, stream: number): number {
  const middle = (randomBits(seed, step, position, stream) >>> 8) + 0.5;
  return -Math.log(-Math.log(middle / 0x1000000));
}

function randomBits(seed: number, step: number, position: number, stream: number): number {
  let bits = mix(seed + 0x9e3779b9);
  bits = mix(bits ^ stream);
  bits = mix(bits ^ step);
  return mix(bits ^ position);
}

/** A bijective scrambler of 32 bits (constants of Wellons' "lowbias32", found by search for low bias). */
function mix(bits: number): number {
  let mixed = bits | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb352d);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b);
  return mixed ^ (mixed >>> 16);
}
