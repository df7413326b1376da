import { createHash } from "node:crypto";
import { decodeImage, inspectImage, resizedToSquare } from "../../adapters/images/index.js";
import { StoreError } from "../../errors.js";
import type { Pixels } from "../../records/image.js";
import type { BroughtImage, Preference } from "../../records/preference.js";
import type { Decoder, Encoder } from "../../records/seams.js";

/** What images are checked with. */
export interface ImageTools {
  readonly encoder: Encoder;
  readonly decoder: Decoder;
  /** Scale and cut images of another size. */
  readonly resize: boolean;
  /** The stored tokens of a candidate, when the workspace has one of this id. */
  known(id: string): Promise<Uint16Array | undefined>;
}

/** An image that fits the tokenizer, with its id. */
export interface PreparedImage extends BroughtImage {
  readonly id: string;
  readonly prompt: string;
  readonly where: string;
  readonly pixels: Pixels;
}

/** Mean difference of a channel, 0..255, up to which tokens count as those of an image. */
const SAME_IMAGE = 4;

/** The id given, or first 24 hex digits of sha256 over prompt and bytes. */
export function imageId({ id, bytes }: BroughtImage, prompt: string): string {
  return (
    id ??
    createHash("sha256")
      .update(JSON.stringify(["imported", prompt]))
      .update(bytes)
      .digest("hex")
      .slice(0, 24)
  );
}

/**
 * The images of some preferences, each decoded once and of the tokenizer's size, with the tokens that are known of them.
 * Throws StoreError naming the row: no image, too many pixels, another size, or tokens of another image.
 */
export async function prepareImages(
  preferences: readonly Preference[],
  tools: ImageTools,
): Promise<PreparedImage[]> {
  const prepared = new Map<string, PreparedImage>();
  for (const { images, prompt, where } of preferences) {
    for (const image of images) {
      const id = imageId(image, prompt);
      if (!prepared.has(id)) prepared.set(id, await prepareImage({ ...image, id, prompt, where }, tools));
    }
  }
  const images = [...prepared.values()];
  await refuseStrangeTokens(images, tools);
  return images;
}

type Named = Omit<PreparedImage, "pixels">;

async function prepareImage(image: Named, tools: ImageTools): Promise<PreparedImage> {
  const { tokens: stated, ...rest } = image;
  const bytes = await fittedBytes(image, tools);
  const resized = bytes !== image.bytes;
  const tokens = resized ? undefined : ((await tools.known(image.id)) ?? stated);
  if (tokens !== undefined) refuseOddTokens(tokens, image.where, tools.encoder);
  const pixels = await orRefused(image.where, () => decodeImage(bytes));
  return { ...rest, bytes, pixels, ...(tokens === undefined ? {} : { tokens }) };
}

/** The bytes themselves, or resized where that was asked for. */
export async function fittedBytes(
  { bytes, where }: Pick<Named, "bytes" | "where">,
  { encoder: { side }, resize }: Pick<ImageTools, "encoder" | "resize">,
): Promise<Uint8Array> {
  const { width, height } = await orRefused(where, () => inspectImage(bytes));
  if (width === side && height === side) return bytes;
  if (resize) return orRefused(where, () => resizedToSquare(bytes, side));
  throw new StoreError(
    `${where}: expected images of ${side} x ${side} pixels, which is what the tokenizer encodes, got ${width} x ${height}. ` +
      "Add --resize to scale and cut them, or name another tokenizer.",
  );
}

async function orRefused<Result>(where: string, read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (cause) {
    throw new StoreError(
      `${where}: expected a whole PNG, JPEG or WebP image, got one that cannot be read (${(cause as Error).message}). ` +
        "Replace it, or take the row out.",
      { cause },
    );
  }
}

function refuseOddTokens(grid: Uint16Array, where: string, { tokens, codebookSize }: Encoder): void {
  if (grid.length === tokens && grid.every((token) => token < codebookSize)) return;
  throw new StoreError(
    `${where}: expected ${tokens} tokens below ${codebookSize}, got ${grid.length} up to ${Math.max(...grid)}: they are ` +
      "another tokenizer's. Name that one in the pipeline, or leave the token columns out.",
  );
}

async function refuseStrangeTokens(images: readonly PreparedImage[], { decoder }: ImageTools): Promise<void> {
  const tokened = images.filter(({ tokens }) => tokens !== undefined);
  const decoded = await decoder.decode(tokened.map(({ tokens }) => tokens as Uint16Array));
  for (const [index, { where, id, pixels }] of tokened.entries()) {
    if (difference((decoded[index] as Pixels).data, pixels.data) <= SAME_IMAGE) continue;
    throw new StoreError(
      `${where}: the tokens of image ${id} decode to another image than the one beside them: they are another ` +
        "tokenizer's, or the id is another image's in this workspace. Name that tokenizer, or leave tokens and ids out.",
    );
  }
}

function difference(one: Uint8Array, other: Uint8Array): number {
  if (one.length !== other.length) return 255;
  let sum = 0;
  for (let index = 0; index < one.length; index++)
    sum += Math.abs((one[index] as number) - (other[index] as number));
  return sum / one.length;
}
