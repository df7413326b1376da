import { createHash } from "node:crypto";
import { isLargeFilePointer } from "../../adapters/file-kind.js";
import {
  decodeImage,
  encodePng,
  inspectImage,
  resizedToSquare,
  UndecodableImageError,
} from "../../adapters/images/index.js";
import { StoreError } from "../../errors.js";
import type { Pixels } from "../../records/image.js";
import type { BroughtImage } from "../../records/preference.js";
import type { Decoder, Encoder } from "../../records/seams.js";

/** What images are checked with. */
export interface ImageTools {
  readonly encoder: Encoder;
  readonly decoder: Decoder;
  /** Identity of the checkpoint that both are of. */
  readonly tokenizer: string;
  /** Scale and cut images of another size. */
  readonly resize: boolean;
  /** The stored tokens of a candidate, when the workspace has one of this id. */
  readonly known: (id: string) => Promise<Uint16Array | undefined>;
}

/** An image that fits the tokenizer, with its id. */
export interface PreparedImage extends BroughtImage {
  /** As it is seen and of the tokenizer's size: the bytes themselves where they are that. */
  readonly bytes: Uint8Array;
  readonly id: string;
  readonly prompt: string;
  readonly where: string;
  readonly pixels: Pixels;
  /** sha256 of the pixels, hex. */
  readonly picture: string;
  /** Whether id or tokens are the file's word, which its pixels must bear out. */
  readonly stated: boolean;
  /** The tokens that the file states, whatever the workspace knows. */
  readonly statedTokens: Uint16Array | undefined;
}

/** Throws StoreError naming the row: no image, too many pixels, another size, or tokens of another kind. */
export async function prepareImage(
  image: BroughtImage,
  { prompt, where }: { readonly prompt: string; readonly where: string },
  tools: ImageTools,
): Promise<PreparedImage> {
  const { tokens: given, ...rest } = image;
  const id = image.id ?? ownId(image, prompt, tools);
  const bytes = await fittedBytes(image.bytes, where, tools);
  const tokens = (await tools.known(id)) ?? (bytes === image.bytes ? given : undefined);
  if (tokens !== undefined) refuseOddTokens(tokens, where, tools.encoder);
  const pixels = await readImage(where, () => decodeImage(bytes));
  const picture = createHash("sha256").update(pixels.data).digest("hex");
  const stated = image.id !== undefined || given !== undefined;
  const known = tokens === undefined ? {} : { tokens };
  return { ...rest, id, prompt, where, bytes, pixels, picture, stated, statedTokens: given, ...known };
}

/** First 24 hex digits of sha256 over tokenizer, prompt and bytes: tokens of this id are the image's by construction. */
function ownId({ bytes }: BroughtImage, prompt: string, { tokenizer }: ImageTools): string {
  return createHash("sha256")
    .update(JSON.stringify(["imported", tokenizer, prompt]))
    .update(bytes)
    .digest("hex")
    .slice(0, 24);
}

/** The bytes themselves, or as PNG: turned where their metadata says so, resized where that was asked for. */
async function fittedBytes(
  bytes: Uint8Array,
  where: string,
  { encoder: { side }, resize }: ImageTools,
): Promise<Uint8Array> {
  const { width, height, turned } = await readImage(where, () => inspectImage(bytes), bytes);
  const fits = width === side && height === side;
  if (fits && !turned) return bytes;
  if (fits) return readImage(where, async () => encodePng(await decodeImage(bytes)));
  if (resize) return readImage(where, () => resizedToSquare(bytes, side));
  throw new StoreError(
    `${where}: expected images of ${side} x ${side} pixels, which is what the tokenizer encodes, got ${width} x ${height}. ` +
      "Add --resize to scale and cut them, or name another tokenizer.",
  );
}

/** What `read` finds in an image. Throws StoreError naming the row when it is damaged or no image. */
export async function readImage<Result>(
  where: string,
  read: () => Promise<Result>,
  bytes: Uint8Array = new Uint8Array(),
): Promise<Result> {
  try {
    return await read();
  } catch (cause) {
    const [got, cure] = isLargeFilePointer(bytes)
      ? ["a pointer of Git LFS in its place", "Fetch the images: git lfs pull"]
      : [
          `one that cannot be read (${cause instanceof UndecodableImageError ? cause.reason : (cause as Error).message})`,
          "Replace it, or take the row out of a copy of the file",
        ];
    throw new StoreError(`${where}: expected a whole PNG, JPEG or WebP image, got ${got}. ${cure}.`, {
      cause,
    });
  }
}

function refuseOddTokens(grid: Uint16Array, where: string, { tokens, codebookSize }: Encoder): void {
  if (grid.length === tokens && grid.every((token) => token < codebookSize)) return;
  throw new StoreError(
    `${where}: expected ${tokens} tokens below ${codebookSize}, got ${grid.length} up to ${Math.max(...grid)}: they are ` +
      "another tokenizer's. Name that one in the pipeline, or leave the token columns out.",
  );
}
