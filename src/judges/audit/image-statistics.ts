import type { Pixels } from "../../records/image.js";

/** What of a picture has nothing to do with its prompt, and may please a judge all the same. */
export interface ImageStatistics {
  /** Mean luma, 0..1 (ITU-R BT.601). */
  readonly brightness: number;
  /** Mean distance of a pixel's largest and smallest channel, 0..1. */
  readonly saturation: number;
  /** Standard deviation of luma, 0..1. */
  readonly contrast: number;
  /** Megapixels. */
  readonly size: number;
}

export const STATISTICS = ["brightness", "saturation", "contrast", "size"] as const;

export function imageStatistics({ width, height, data }: Pixels): ImageStatistics {
  let [luma, squares, chroma] = [0, 0, 0];
  const pixels = width * height;
  for (let at = 0; at < pixels * 3; at += 3) {
    const [red, green, blue] = [data[at] as number, data[at + 1] as number, data[at + 2] as number];
    const light = 0.299 * red + 0.587 * green + 0.114 * blue;
    luma += light;
    squares += light * light;
    chroma += Math.max(red, green, blue) - Math.min(red, green, blue);
  }
  const mean = luma / pixels;
  return {
    brightness: mean / 255,
    saturation: chroma / pixels / 255,
    contrast: Math.sqrt(Math.max(0, squares / pixels - mean * mean)) / 255,
    size: pixels / 1e6,
  };
}
