import sharp, { type Metadata } from "sharp";
import { PictureError } from "../../errors.js";
import type { PictureFormat } from "../../records/picture.js";
import { isLargeFilePointer } from "../file-kind.js";
import { orDamaged, UndecodableImageError } from "./damage.js";
import { imageEnding, MOST_PIXELS } from "./inspect.js";
import { isWholeJpeg, isWholeWebp, type PictureStructure, pngStructure } from "./picture-chunks.js";

/** What the header of a picture says. */
export interface PictureHeader {
  readonly format: PictureFormat;
  /** As shown. */
  readonly width: number;
  readonly height: number;
  /** Of a channel: 8, or 16. */
  readonly bits: number;
}

/**
 * What an encoded picture is, by its bytes and whatever its name, without decoding it. Throws PictureError (expected, got, cure) for
 * what is no PNG, JPEG or WebP, is cut short, moves, is in inks (CMYK), or has more than `mostPixels`.
 */
export async function inspectPicture(bytes: Uint8Array, mostPixels = MOST_PIXELS): Promise<PictureHeader> {
  const format = formatOf(bytes);
  if (format === undefined)
    throw new PictureError(`expected a picture in PNG, JPEG or WebP, got ${seemingly(bytes)}`);
  const { whole, animated } = STRUCTURES[format](bytes);
  if (!whole)
    throw new PictureError(
      `expected a whole ${NAMES[format]}, got one that is cut short after ${bytes.length} bytes. Get it again, or take it out.`,
    );
  const { autoOrient, pages = 1, space, bitsPerSample = 8 } = await metadataOf(bytes);
  if (animated || pages > 1)
    throw new PictureError(
      "expected a picture that stands still, got an animated one. Save one frame of it.",
    );
  // Each program turns inks into light in its own way: people and judges would not see the same picture.
  if (space === "cmyk")
    throw new PictureError("expected a picture in RGB or grey, got one in CMYK, for print. Save it in sRGB.");
  const { width, height } = autoOrient;
  if (width * height > mostPixels)
    throw new PictureError(
      `expected at most ${mostPixels} pixels, got ${width} x ${height} = ${width * height}. Make it smaller, or allow more with --most-pixels.`,
    );
  return { format, width, height, bits: bitsPerSample > 8 ? 16 : 8 };
}

async function metadataOf(bytes: Uint8Array): Promise<Metadata> {
  try {
    return await orDamaged(sharp(bytes, { limitInputPixels: false }).metadata());
  } catch (cause) {
    if (!(cause instanceof UndecodableImageError)) throw cause;
    throw new PictureError(
      `expected a picture, got one that cannot be read (${cause.reason}). Get it again, or take it out.`,
      { cause },
    );
  }
}

const NAMES = { png: "PNG", jpeg: "JPEG", webp: "WebP" } as const;

const STRUCTURES: Readonly<Record<PictureFormat, (bytes: Uint8Array) => PictureStructure>> = {
  png: pngStructure,
  jpeg: (bytes) => ({ whole: isWholeJpeg(bytes), animated: false }),
  // Its frames are counted from the header.
  webp: (bytes) => ({ whole: isWholeWebp(bytes), animated: false }),
};

function formatOf(bytes: Uint8Array): PictureFormat | undefined {
  const start = Buffer.from(bytes.subarray(0, 12)).toString("latin1");
  if (start.startsWith("\x89PNG\r\n\x1a\n")) return "png";
  if (start.startsWith("\xff\xd8\xff")) return "jpeg";
  return /^RIFF.{4}WEBP/s.test(start) ? "webp" : undefined;
}

/** What else is met under the name of a picture, with the cure. */
function seemingly(bytes: Uint8Array): string {
  if (bytes.length === 0) return "an empty file. Get it again, or take it out.";
  if (isLargeFilePointer(bytes))
    return "a pointer of Git LFS in its place. Fetch the pictures: git lfs pull.";
  const ending = imageEnding(bytes);
  const start = Buffer.from(bytes.subarray(0, 12)).toString("latin1");
  if (ending !== "png") return `${OTHERS[ending] ?? ending}. Convert it to PNG.`;
  if (start.startsWith("BM")) return "a BMP. Convert it to PNG.";
  if (/^[\t\n\r\x20-\x7e]+$/.test(start))
    return `a text that begins with ${JSON.stringify(start)}. Put the picture there, or take it out.`;
  return "something else. Put the picture there, or take it out.";
}

const OTHERS: Readonly<Record<string, string>> = {
  gif: "a GIF",
  tiff: "a TIFF",
  avif: "an AVIF, HEIC or film",
};
