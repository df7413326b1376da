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
  if (format === "png" && isSmallPng(bytes, side)) return bytes;
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

/** Read off the header (PNG, section 11.2.1): asking sharp takes as long as sending the picture does. One that says how it is turned is left to sharp. */
function isSmallPng(bytes: Uint8Array, side: number): boolean {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.length < 33 || buffer.toString("latin1", 0, 8) !== "\x89PNG\r\n\x1a\n") return false;
  const [width, height] = [buffer.readUInt32BE(16), buffer.readUInt32BE(20)];
  return width > 0 && height > 0 && Math.max(width, height) <= side && !buffer.includes("eXIf");
}

function inside(side: number) {
  return { width: side, height: side, fit: "inside", withoutEnlargement: true } as const;
}
