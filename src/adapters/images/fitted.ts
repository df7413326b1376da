import sharp from "sharp";
import type { Pixels } from "../../records/image.js";
import { orDamaged } from "./damage.js";
import { asSeen, inspectImage } from "./inspect.js";
import { rawFormat } from "./png.js";

export interface Fitting {
  /** Neither side is longer, in pixels; smaller pictures stay as they are. */
  readonly side: number;
  readonly format: "png" | "jpeg";
}

/** A picture as it is seen, scaled down where it is too large; bytes that fit already are given back as they are. */
export async function fittedPicture(bytes: Uint8Array, { side, format }: Fitting): Promise<Uint8Array> {
  const found = await inspectImage(bytes);
  if (found.format === format && !found.turned && Math.max(found.width, found.height) <= side) return bytes;
  return orDamaged(asSeen(bytes).resize(inside(side)).toFormat(format).toBuffer());
}

/** Pixels as an encoded picture, scaled down where they are too many. */
export async function fittedPixels(pixels: Pixels, { side, format }: Fitting): Promise<Uint8Array> {
  return sharp(pixels.data, { raw: rawFormat(pixels) })
    .resize(inside(side))
    .toFormat(format)
    .toBuffer();
}

function inside(side: number) {
  return { width: side, height: side, fit: "inside", withoutEnlargement: true } as const;
}
