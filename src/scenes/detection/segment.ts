import type { Pixels } from "../../records/image.js";
import { PALETTE } from "../drawing/render.js";
import { COLORS, type Color } from "../language/vocabulary.js";
import { connectedPatches, growOwners, type Patch } from "./patches.js";

/** A connected patch of one colour, with a soft mask around it. */
export interface Segment {
  readonly color: Color;
  /** Pixels that are surely this colour. */
  readonly core: number;
  /** Share of the colour in each pixel (0..1), row-major, shape (height * width,); 0 outside the patch. */
  readonly mask: Float32Array;
  /** Centre of mass of the mask in pixels. */
  readonly centre: readonly [x: number, y: number];
  /** Smallest box around mask values above one half: [x1, y1, x2, y2], x2 and y2 exclusive. */
  readonly box: readonly [number, number, number, number];
}

/** A pixel is surely a colour when it has come this share of the way from the background to it. */
const CORE_SHARE = 0.62;
/** A pixel this far off the line from background to colour belongs to something else (share of the line's length). */
const OFF_LINE = 0.45;

type Rgb = readonly [number, number, number];

/** Splits an image into patches of the palette's colours on its background. */
export function segmentsOf(pixels: Pixels): Segment[] {
  const background = backgroundOf(pixels);
  const labels = coreLabels(pixels, background);
  const { owners, patches } = connectedPatches(labels, pixels.width, pixels.height);
  growOwners(owners, pixels.width, pixels.height);
  return patches.map((patch, index) => softSegment(pixels, background, owners, patch, index + 1));
}

/** Median of each channel, 0..255: objects cover less than half of a scene. */
export function backgroundOf({ data }: Pixels): Rgb {
  const medians = [0, 1, 2].map((channel) => {
    const counts = new Uint32Array(256);
    for (let at = channel; at < data.length; at += 3) {
      const level = data[at] as number;
      counts[level] = (counts[level] as number) + 1;
    }
    let left = data.length / 6;
    let level = 0;
    while (left > (counts[level] as number)) left -= counts[level++] as number;
    return level;
  });
  return medians as unknown as Rgb;
}

/** Index + 1 into COLORS of the nearest palette colour where a pixel is surely that colour, else 0. */
function coreLabels({ data }: Pixels, background: Rgb): Uint8Array {
  const reach = COLORS.map((color) => ((1 - CORE_SHARE) * distance(PALETTE[color], background)) ** 2);
  const flat = COLORS.flatMap((color) => PALETTE[color]);
  const labels = new Uint8Array(data.length / 3);
  for (let index = 0; index < labels.length; index++) {
    const [red, green, blue] = [
      data[index * 3] as number,
      data[index * 3 + 1] as number,
      data[index * 3 + 2] as number,
    ];
    let nearest = Number.POSITIVE_INFINITY;
    for (let color = 0; color < reach.length; color++) {
      const dr = red - (flat[color * 3] as number);
      const dg = green - (flat[color * 3 + 1] as number);
      const db = blue - (flat[color * 3 + 2] as number);
      const squared = dr * dr + dg * dg + db * db;
      if (squared >= nearest) continue;
      nearest = squared;
      labels[index] = squared < (reach[color] as number) ? color + 1 : 0;
    }
  }
  return labels;
}

function softSegment(
  pixels: Pixels,
  background: Rgb,
  owners: Uint8Array,
  patch: Patch,
  owner: number,
): Segment {
  const line = PALETTE[patch.color].map(
    (level, channel) => level - (background[channel] as number),
  ) as unknown as Rgb;
  const length = line[0] ** 2 + line[1] ** 2 + line[2] ** 2;
  const mask = new Float32Array(owners.length);
  let [mass, sumX, sumY] = [0, 0, 0];
  let [left, top, right, bottom] = [pixels.width, pixels.height, 0, 0];
  for (let at = 0; at < mask.length; at++) {
    if (owners[at] !== owner) continue;
    const share = shareOf(pixels.data, at * 3, background, line, length);
    if (share <= 0) continue;
    const [x, y] = [at % pixels.width, Math.floor(at / pixels.width)];
    mask[at] = share;
    mass += share;
    sumX += share * (x + 0.5);
    sumY += share * (y + 0.5);
    if (share < 0.5) continue;
    [left, top] = [Math.min(left, x), Math.min(top, y)];
    [right, bottom] = [Math.max(right, x + 1), Math.max(bottom, y + 1)];
  }
  return { ...patch, mask, centre: [sumX / mass, sumY / mass], box: [left, top, right, bottom] };
}

/** How much of the way from background to colour a pixel has come, 0 when it lies off that way. */
function shareOf(data: Uint8Array, at: number, background: Rgb, line: Rgb, length: number): number {
  const red = (data[at] as number) - background[0];
  const green = (data[at + 1] as number) - background[1];
  const blue = (data[at + 2] as number) - background[2];
  const along = (red * line[0] + green * line[1] + blue * line[2]) / length;
  const off = red * red + green * green + blue * blue - along * along * length;
  if (off > OFF_LINE * OFF_LINE * length) return 0;
  return Math.min(1, Math.max(0, along));
}

function distance(one: Rgb, other: Rgb): number {
  return Math.hypot(one[0] - other[0], one[1] - other[1], one[2] - other[2]);
}
