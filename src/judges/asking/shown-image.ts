import { createHash } from "node:crypto";
import { type Fitting, fittedPicture, fittedPixels } from "../../adapters/images/index.js";
import type { ImageHandle, Pixels } from "../../records/image.js";

/** A picture that a judge is shown: known by what it is, encoded when it is sent. */
export interface ShownImage {
  /** Of the bytes as they came, or of the pixels where there are none; hex. */
  readonly sha256: string;
  encoded(fitting: Fitting): Promise<Uint8Array>;
}

/** Handles that are asked about several times are read once. */
const shown = new WeakMap<ImageHandle, Promise<ShownImage>>();

/** Rejects with what is wrong with a picture that cannot be read. */
export function shownImage(image: ImageHandle): Promise<ShownImage> {
  const known = shown.get(image);
  if (known !== undefined) return known;
  const made = readImage(image);
  shown.set(image, made);
  return made;
}

async function readImage(image: ImageHandle): Promise<ShownImage> {
  // Bytes are not held: there may be many, and most are sent once.
  if (image.encoded !== undefined) {
    const sha256 = createHash("sha256")
      .update(await image.encoded())
      .digest("hex");
    return {
      sha256,
      encoded: async (fitting) => fittedPicture((await image.encoded?.()) as Uint8Array, fitting),
    };
  }
  const sha256 = hashOfPixels(await image.pixels());
  return { sha256, encoded: async (fitting) => fittedPixels(await image.pixels(), fitting) };
}

function hashOfPixels({ width, height, data }: Pixels): string {
  return createHash("sha256").update(`${width} x ${height}\n`).update(data).digest("hex");
}
