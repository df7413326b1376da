import type { Pixels } from "../../records/image.js";

const ROWS = 8;
const COLUMNS = 9;
const CHANNELS = 3;
/** Bits of a hash: 64 a colour channel. */
export const HASH_BITS = ROWS * (COLUMNS - 1) * CHANNELS;

/**
 * A difference hash (Krawetz, "Kind of Like That", 2013) of each colour channel: whether each cell of an 8 x 9 grid of means
 * is brighter than the one right of it. Images that look alike differ in few bits. Shape (HASH_BITS,), 0 or 1.
 */
export function perceptualHash({ width, height, data }: Pixels): Uint8Array {
  const means = new Float64Array(ROWS * COLUMNS * CHANNELS);
  const counts = new Float64Array(ROWS * COLUMNS);
  for (let y = 0; y < height; y++) {
    const row = Math.floor((y * ROWS) / height);
    for (let x = 0; x < width; x++) {
      const cell = row * COLUMNS + Math.floor((x * COLUMNS) / width);
      counts[cell] = (counts[cell] as number) + 1;
      for (let channel = 0; channel < CHANNELS; channel++) {
        const at = cell * CHANNELS + channel;
        means[at] = (means[at] as number) + (data[(y * width + x) * CHANNELS + channel] as number);
      }
    }
  }
  const mean = (cell: number, channel: number) =>
    (means[cell * CHANNELS + channel] as number) / Math.max(1, counts[cell] as number);
  return Uint8Array.from({ length: HASH_BITS }, (_, bit) => {
    const [channel, place] = [bit % CHANNELS, Math.floor(bit / CHANNELS)];
    const cell = Math.floor(place / (COLUMNS - 1)) * COLUMNS + (place % (COLUMNS - 1));
    // A difference below one level is noise of a flat ground.
    return Number(mean(cell, channel) > mean(cell + 1, channel) + 1);
  });
}

/** A hash as text, four bits a digit, the first bit of each the highest. */
export function hexOfHash(hash: Uint8Array): string {
  const digits = Array.from({ length: hash.length / 4 }, (_, at) => hash.subarray(4 * at, 4 * at + 4));
  return digits.map((bits) => Number.parseInt(bits.join(""), 2).toString(16)).join("");
}

/** The hash that `hexOfHash` wrote. */
export function hashOfHex(hex: string): Uint8Array {
  return Uint8Array.from([...hex].flatMap((digit) => bitsOf(Number.parseInt(digit, 16))));
}

function bitsOf(digit: number): number[] {
  return [3, 2, 1, 0].map((bit) => (digit >> bit) & 1);
}

/** Bits in which two hashes differ, 0..HASH_BITS. */
export function hashDistance(one: Uint8Array, other: Uint8Array): number {
  let distance = 0;
  for (let bit = 0; bit < one.length; bit++) distance += Number(one[bit] !== other[bit]);
  return distance;
}

/** Bits in which the hashes of images that look alike differ at most. */
export const ALIKE_BITS = 6;

const WORDS = HASH_BITS / 32;

/** Hashes in a row, searched for those that are like another one. Memory: 24 bytes an image. */
export class HashList {
  #words = new Uint32Array(64 * WORDS);
  #length = 0;

  add(hash: Uint8Array): void {
    if ((this.#length + 1) * WORDS > this.#words.length) {
      const longer = new Uint32Array(2 * this.#words.length);
      longer.set(this.#words);
      this.#words = longer;
    }
    this.#words.set(packed(hash), this.#length * WORDS);
    this.#length += 1;
  }

  /** Places, from 0, of the hashes that differ in at most ALIKE_BITS. */
  *alike(hash: Uint8Array): Generator<number> {
    const wanted = packed(hash);
    for (let place = 0; place < this.#length; place++) {
      let distance = 0;
      for (let word = 0; word < WORDS && distance <= ALIKE_BITS; word++) {
        distance += ones((this.#words[place * WORDS + word] as number) ^ (wanted[word] as number));
      }
      if (distance <= ALIKE_BITS) yield place;
    }
  }
}

function packed(hash: Uint8Array): Uint32Array {
  const words = new Uint32Array(WORDS);
  for (let bit = 0; bit < HASH_BITS; bit++) {
    const word = bit >> 5;
    words[word] = (words[word] as number) | ((hash[bit] as number) << (bit & 31));
  }
  return words;
}

/** Ones among 32 bits, in parallel sums (Warren, "Hacker's Delight", section 5-1). */
function ones(word: number): number {
  let sum = word - ((word >>> 1) & 0x55555555);
  sum = (sum & 0x33333333) + ((sum >>> 2) & 0x33333333);
  return Math.imul((sum + (sum >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
