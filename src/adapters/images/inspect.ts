import sharp from "sharp";
import type { Pixels } from "../../records/image.js";
import { encodePng } from "./png.js";

/** Larger images are refused before they are decoded: a small file can claim any size. */
export const MOST_PIXELS = 4096 * 4096;

/** What an encoded image is, from its header. Throws the library's error when it is no image or has too many pixels. */
export async function inspectImage(
  bytes: Uint8Array,
): Promise<{ width: number; height: number; format: string }> {
  const { width, height, format } = await sharp(bytes, { limitInputPixels: MOST_PIXELS }).metadata();
  if (width * height > MOST_PIXELS)
    throw new Error(`${width} x ${height} pixels are more than ${MOST_PIXELS}`);
  return { width, height, format };
}

/** RGB pixels of an encoded image; every fault of the data is an error. Transparency lies on white. */
export async function decodeImage(bytes: Uint8Array): Promise<Pixels> {
  const { data, info } = await sharp(bytes, { limitInputPixels: MOST_PIXELS, failOn: "warning" })
    .flatten({ background: "white" })
    .toColourspace("srgb")
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data };
}

/** The image scaled and cut to a square of `side` pixels, as PNG. */
export async function resizedToSquare(bytes: Uint8Array, side: number): Promise<Uint8Array> {
  const { data, info } = await sharp(bytes, { limitInputPixels: MOST_PIXELS, failOn: "warning" })
    .flatten({ background: "white" })
    .toColourspace("srgb")
    .resize(side, side, { fit: "cover", kernel: "lanczos3" })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return encodePng({ width: info.width, height: info.height, data });
}
