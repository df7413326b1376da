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

/** Bits in which two hashes differ, 0..HASH_BITS. */
export function hashDistance(one: Uint8Array, other: Uint8Array): number {
  let distance = 0;
  for (let bit = 0; bit < one.length; bit++) distance += Number(one[bit] !== other[bit]);
  return distance;
}
