import sharp from "sharp";
import type { Pixels } from "../../records/image.js";
import { orDamaged } from "./damage.js";

// Its cache of the last operations grows to 50 MB, and no image comes twice.
sharp.cache(false);

/** PNG bytes of an image. */
export async function encodePng(pixels: Pixels): Promise<Uint8Array> {
  return sharp(pixels.data, { raw: rawFormat(pixels) })
    .png()
    .toBuffer();
}

/** Pixels of a PNG; transparency is ignored. */
export async function decodePng(png: Uint8Array): Promise<Pixels> {
  const { data, info } = await orDamaged(
    sharp(png).removeAlpha().toColourspace("srgb").raw().toBuffer({ resolveWithObject: true }),
  );
  return { width: info.width, height: info.height, data };
}

/** `data:image/png;base64,...`, for pages that carry their images. */
export function pngDataUrl(png: Uint8Array): string {
  return `data:image/png;base64,${Buffer.from(png).toString("base64")}`;
}

/** How sharp is told about raw RGB bytes. */
export function rawFormat(pixels: Pixels): { width: number; height: number; channels: 3 } {
  return { width: pixels.width, height: pixels.height, channels: 3 };
}
