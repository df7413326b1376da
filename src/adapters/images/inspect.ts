import sharp, { type Sharp } from "sharp";
import { MOST } from "../../config/limits.js";
import type { Pixels } from "../../records/image.js";
import { orDamaged } from "./damage.js";
import { encodePng } from "./png.js";

/** Larger images are refused before they are decoded, unless more is allowed: a small file can claim any size. */
export const MOST_PIXELS = 4096 * 4096;

/** What an encoded image is, from its header: `width` and `height` as it is seen. */
export interface InspectedImage {
  readonly width: number;
  readonly height: number;
  readonly format: string;
  /** Whether its metadata says that it is to be turned or mirrored before it is shown. */
  readonly turned: boolean;
}

/** Endings of files by the library's name of their format: what is none of these is no image of a person's. */
const ENDINGS: Readonly<Record<string, string>> = {
  png: "png",
  jpeg: "jpg",
  webp: "webp",
  gif: "gif",
  tiff: "tiff",
  heif: "avif",
};

/** Throws StoreError when it is no image, has too many pixels or is a drawing such as SVG. */
export function inspectImage(bytes: Uint8Array, mostPixels = MOST_PIXELS): Promise<InspectedImage> {
  return orDamaged(inspected(bytes, mostPixels));
}

async function inspected(bytes: Uint8Array, mostPixels: number): Promise<InspectedImage> {
  const { autoOrient, format, orientation } = await sharp(bytes, {
    limitInputPixels: mostPixels,
  }).metadata();
  const { width, height } = autoOrient;
  if (width * height > mostPixels)
    throw new RangeError(`${width} x ${height} pixels are more than ${mostPixels}`);
  if (ENDINGS[format] === undefined) throw new RangeError(`it is ${format}, which is not read`);
  return { width, height, format, turned: (orientation ?? 1) !== 1 };
}

/** RGB pixels of an encoded image as it is seen; every fault of the data is an error, and so is a drawing (SVG). Transparency lies on white. */
export async function decodeImage(bytes: Uint8Array, mostPixels = MOST_PIXELS): Promise<Pixels> {
  await inspectImage(bytes, mostPixels);
  return pixelsOf(asSeen(bytes));
}

/** The image scaled and cut to a square of `side` pixels, as PNG. */
export async function resizedToSquare(bytes: Uint8Array, side: number): Promise<Uint8Array> {
  await inspectImage(bytes);
  return encodePng(await pixelsOf(asSeen(bytes).resize(side, side, { fit: "cover", kernel: "lanczos3" })));
}

/** How files of an encoded image end, by its first bytes: "png", "jpg", "webp", "gif", "tiff", "avif". */
export function imageEnding(bytes: Uint8Array): string {
  const start = Buffer.from(bytes.subarray(0, 12)).toString("latin1");
  return MAGIC.find(([pattern]) => pattern.test(start))?.[1] ?? "png";
}

const MAGIC: readonly (readonly [start: RegExp, ending: string])[] = [
  [/^\xff\xd8\xff/, "jpg"],
  [/^RIFF.{4}WEBP/s, "webp"],
  [/^GIF8/, "gif"],
  [/^(II\*.|MM.\*)/s, "tiff"],
  [/^.{4}ftyp/s, "avif"],
];

/** Turned as its metadata asks for, on white, in sRGB, of an image that was inspected. */
export function asSeen(bytes: Uint8Array): Sharp {
  return sharp(bytes, { limitInputPixels: MOST.picturePixels, failOn: "warning", autoOrient: true })
    .flatten({ background: "white" })
    .toColourspace("srgb");
}

async function pixelsOf(image: Sharp): Promise<Pixels> {
  const { data, info } = await orDamaged(image.raw().toBuffer({ resolveWithObject: true }));
  return { width: info.width, height: info.height, data };
}
