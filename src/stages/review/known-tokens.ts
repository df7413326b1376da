import type { Pixels } from "../../records/image.js";

/** Greys of the two fields of the chequers that stand for a token not yet known. */
const UNKNOWN = [0xc9, 0xd6];

/**
 * What was known of an image after `step` decoding steps: the pixels of the tokens committed before, chequers elsewhere.
 * committedAt: shape (tokens,), a square grid, row-major, in steps from 0. The image must divide into the grid evenly.
 */
export function knownAfter(pixels: Pixels, committedAt: Uint8Array, step: number): Pixels {
  const side = Math.sqrt(committedAt.length);
  const [width, height] = [pixels.width / side, pixels.height / side];
  const data = Uint8Array.from(pixels.data);
  for (const [token, committed] of committedAt.entries()) {
    if (committed < step) continue;
    const [left, top] = [(token % side) * width, Math.floor(token / side) * height];
    for (let y = top; y < top + height; y++) {
      for (let x = left; x < left + width; x++) {
        const field = (Math.floor((2 * x) / width) + Math.floor((2 * y) / height)) % 2;
        data.fill(UNKNOWN[field] as number, (y * pixels.width + x) * 3, (y * pixels.width + x) * 3 + 3);
      }
    }
  }
  return { ...pixels, data };
}

/** Whether tokens and pixels make a grid that `knownAfter` can draw. */
export function isGrid(pixels: Pick<Pixels, "width" | "height">, committedAt: Uint8Array): boolean {
  const side = Math.sqrt(committedAt.length);
  return side >= 1 && Number.isInteger(side) && pixels.width % side === 0 && pixels.height % side === 0;
}
