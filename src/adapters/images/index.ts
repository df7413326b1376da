import type { Pixels } from "../../records/image.js";

/** PNG bytes of an image. */
export declare function encodePng(pixels: Pixels): Promise<Uint8Array>;
/** `data:image/png;base64,...`, for pages that carry their images. */
export declare function pngDataUrl(png: Uint8Array): string;

export interface ContactSheetCell {
  readonly image: Pixels;
  /** Above the image: "seed 7", "chosen 0.93". */
  readonly label: string;
  /** Below the image, wrapped. */
  readonly caption: string;
}
export interface ContactSheet {
  readonly title: string;
  readonly cells: readonly ContactSheetCell[];
  readonly columns: number;
  /** Whole-number enlargement, nearest neighbour. */
  readonly scale: number;
}
/** A grid of images with captions, as PNG bytes. */
export declare function contactSheet(sheet: ContactSheet): Promise<Uint8Array>;
