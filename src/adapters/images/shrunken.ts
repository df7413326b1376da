import { orDamaged } from "./damage.js";
import { asSeen } from "./inspect.js";
import { hexOfHash, perceptualHash } from "./perceptual-hash.js";

/** Whole multiples of the hash's cells: each mean is of eight by eight pixels. */
const LOOKED_AT = { width: 72, height: 64 } as const;

/**
 * The perceptual hash of an encoded picture as it is shown, hex; it is scaled down while it is decoded. Throws
 * UndecodableImageError where any of it is damaged.
 */
export async function looksOf(bytes: Uint8Array): Promise<string> {
  const { width, height } = LOOKED_AT;
  const small = asSeen(bytes).resize(width, height, { fit: "fill", kernel: "linear" });
  const data = await orDamaged(small.raw().toBuffer());
  return hexOfHash(perceptualHash({ width, height, data }));
}

/** A small JPEG of an encoded picture as it is shown, with no side longer than `side` pixels. */
export async function thumbnailOf(bytes: Uint8Array, side: number): Promise<Uint8Array> {
  const inside = { fit: "inside", withoutEnlargement: true } as const;
  return orDamaged(asSeen(bytes).resize(side, side, inside).jpeg({ quality: 85 }).toBuffer());
}
