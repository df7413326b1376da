import { StoreError } from "../../errors.js";

/** What libvips finds wrong with an image, in words for whoever has the file. */
export async function orDamaged<Result>(decoding: Promise<Result>): Promise<Result> {
  try {
    return await decoding;
  } catch (cause) {
    const [reason] = (cause as Error).message.trim().split("\n");
    throw new StoreError(`An image cannot be decoded (${reason}): replace it by a whole PNG, JPEG or WebP.`, {
      cause,
    });
  }
}
