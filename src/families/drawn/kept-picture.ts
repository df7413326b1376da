import { createHash } from "node:crypto";
import { encodePng, looksOf } from "../../adapters/images/index.js";
import { keptPlace, pictureFiles } from "../../pictures/picture-files.js";
import type { ImageHandle, Pixels } from "../../records/image.js";
import type { StoredPicture } from "../../records/picture.js";

/** Encodes pictures as PNG and keeps them in the workspace at `root`; where it is null they are only described. */
export function pictureKeeper(root: string | null): (pixels: Pixels) => Promise<StoredPicture> {
  const files = root === null ? undefined : pictureFiles(root);
  return async (pixels) => {
    const png = await encodePng(pixels);
    const sha256 = createHash("sha256").update(png).digest("hex");
    files?.keep(sha256, png);
    const place = files === undefined ? "" : keptPlace(sha256);
    const { width, height } = pixels;
    return { sha256, format: "png", width, height, bytes: png.length, place, looks: await looksOf(png) };
  };
}

/** A picture in flight: encoded when somebody asks for bytes. */
export function pictureImage(pixels: Pixels): ImageHandle {
  let png: Promise<Uint8Array> | undefined;
  return {
    pixels: async () => pixels,
    encoded: () => {
      png ??= encodePng(pixels);
      return png;
    },
  };
}
