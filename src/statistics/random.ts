/** A stream of uniform unsigned 32-bit integers that its seed fixes wholly. */
export interface RandomStream {
  /** 0 .. 2^32 - 1. */
  next(): number;
  /** 0 .. limit - 1, for limits far below 2^32. */
  below(limit: number): number;
  /** [0, 1). */
  uniform(): number;
}

/** A stream from one integer; near seeds give unrelated streams. */
export function randomStream(seed: number): RandomStream {
  const state = [1, 2, 3, 4].map((index) => mix(seed + Math.imul(index, 0x9e3779b9)));
  return xoshiro(state as [number, number, number, number]);
}

/** xoshiro128++ 1.0 (Blackman and Vigna, 2019), from its four 32-bit words of state, not all zero. */
export function xoshiro(state: readonly [number, number, number, number]): RandomStream {
  let [a, b, c, d] = state;
  const next = () => {
    const result = (rotate((a + d) | 0, 7) + a) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11);
    return result;
  };
  const uniform = () => next() / 4294967296;
  return { next, uniform, below: (limit) => Math.floor(uniform() * limit) };
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

/** The finaliser of MurmurHash3 (Appleby): every input bit moves every output bit. */
function mix(value: number): number {
  let mixed = value | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
