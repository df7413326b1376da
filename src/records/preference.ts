import type { PictureMetadata } from "./picture.js";

/** An image as a file of preferences brings it. What the file does not say is absent. */
export interface BroughtImage {
  /** Encoded: PNG, JPEG, WebP, GIF, TIFF or AVIF. */
  readonly bytes: Uint8Array;
  readonly id?: string;
  readonly seed?: number;
  readonly score?: number;
  readonly tokens?: Uint16Array;
  readonly committedAt?: Uint8Array;
  /** What else is said of a picture. */
  readonly metadata?: PictureMetadata;
}

/** What was preferred among images of one prompt: a pair, a tie, or a ranking of any length. */
export interface Preference<Image extends BroughtImage = BroughtImage> {
  readonly prompt: string;
  /** Two at least. */
  readonly images: readonly Image[];
  /** Rank of each image: the lower the better, equal ones tie. */
  readonly ranks: readonly number[];
  /** Whether the row says itself that it goes against its scores, as people do who overrule a judge. */
  readonly isOverruled?: boolean;
  /** Where it was read: "pairs.parquet, row 3". */
  readonly where: string;
}
