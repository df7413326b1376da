import { createHash } from "node:crypto";
import { decodeImage, HashList, perceptualHash } from "../adapters/images/index.js";
import { gridHash } from "../adapters/store/index.js";
import type { Pixels } from "../records/image.js";

/** An image of a set: its pixels and, where they are known, its tokens. */
export interface SetImage {
  readonly pixels: Pixels;
  /** Shape (tokens,). */
  readonly tokens?: Uint16Array | undefined;
}

/** How many images of a set another set has as well. */
export interface ImageOverlap {
  readonly images: number;
  /** Token for token or pixel for pixel. */
  readonly identical: number;
  /** Others that look like an image of it, by perceptual hash. */
  readonly alike: number;
}

/**
 * What the images of `held` share with those of `other`. Streams both; memory holds hashes of `held`. One image of a grid
 * that both have is enough.
 */
export async function imageOverlap(
  held: AsyncIterable<SetImage>,
  other: AsyncIterable<SetImage>,
): Promise<ImageOverlap> {
  const hashes = new HashList();
  const places = new Map<string, number[]>();
  let images = 0;
  for await (const image of held) {
    hashes.add(perceptualHash(image.pixels));
    for (const key of keysOf(image)) places.set(key, [...(places.get(key) ?? []), images]);
    images += 1;
  }
  const identical = new Set<number>();
  const alike = new Set<number>();
  for await (const image of other) {
    for (const key of keysOf(image)) for (const place of places.get(key) ?? []) identical.add(place);
    for (const place of hashes.alike(perceptualHash(image.pixels))) alike.add(place);
  }
  for (const place of identical) alike.delete(place);
  return { images, identical: identical.size, alike: alike.size };
}

/** An encoded image as one of a set. */
export async function setImage(bytes: Uint8Array, tokens?: Uint16Array): Promise<SetImage> {
  return { pixels: await decodeImage(bytes), tokens };
}

function keysOf({ pixels, tokens }: SetImage): string[] {
  const pixelHash = createHash("sha256").update(`${pixels.width} `).update(pixels.data).digest("hex");
  return tokens === undefined ? [pixelHash] : [pixelHash, gridHash(tokens)];
}
