import { StoreError } from "../../errors.js";

/** An image that cannot be decoded; `reason` is what libvips finds wrong with it. */
export class UndecodableImageError extends StoreError {
  constructor(
    readonly reason: string,
    options: ErrorOptions,
  ) {
    super(`An image cannot be decoded (${reason}): replace it by a whole PNG, JPEG or WebP.`, options);
  }
}

/** Throws UndecodableImageError where decoding fails. */
export async function orDamaged<Result>(decoding: Promise<Result>): Promise<Result> {
  try {
    return await decoding;
  } catch (cause) {
    const [reason = ""] = (cause as Error).message.trim().split("\n");
    throw new UndecodableImageError(reason, { cause });
  }
}
