import type { Detection } from "../records/detection.js";
import type { Relation } from "../records/prompt.js";

type Box = Detection["box"];

/** Offsets below this many pixels on both axes are no relation at all. */
const SMALLEST_OFFSET = 1e-3;
/** Sine of 30 degrees: within 60 degrees of an axis, so that two relations can hold at once. */
const DIRECTION_LIMIT = 0.5;

/**
 * The relations (0 to 2) that hold of box `a` relative to box `b`, both [x1, y1, x2, y2] in pixels; y points down.
 * Distances shrink by `threshold` times the boxes' summed sizes first, so that overlapping boxes are not "left of"
 * each other. Every step is rounded to float32, as in the reference: boundary cases depend on it.
 */
export function relativePosition(a: Box, b: Box, threshold: number): Relation[] {
  const horizontal = axisOffset(a[0], a[2], b[0], b[2], threshold);
  const vertical = axisOffset(a[1], a[3], b[1], b[3], threshold);
  if (Math.abs(horizontal.revised) < SMALLEST_OFFSET && Math.abs(vertical.revised) < SMALLEST_OFFSET)
    return [];
  const distance = length(horizontal.raw, vertical.raw);
  const dx = Math.fround(horizontal.revised / distance);
  const dy = Math.fround(vertical.revised / distance);
  const relations: Relation[] = [];
  if (dx < -DIRECTION_LIMIT) relations.push("left of");
  if (dx > DIRECTION_LIMIT) relations.push("right of");
  if (dy < -DIRECTION_LIMIT) relations.push("above");
  if (dy > DIRECTION_LIMIT) relations.push("below");
  return relations;
}

/** Distance of A's centre from B's along one axis: as measured, and shrunk by the tolerance. */
function axisOffset(a1: number, a2: number, b1: number, b2: number, threshold: number) {
  const raw = Math.fround(centre(a1, a2) - centre(b1, b2));
  const sizes = Math.fround(size(a1, a2) + size(b1, b2));
  const tolerance = Math.fround(Math.fround(threshold) * sizes);
  const revised = Math.max(Math.fround(Math.abs(raw) - tolerance), 0) * Math.sign(raw);
  return { raw, revised };
}

function centre(low: number, high: number): number {
  return Math.fround(Math.fround(Math.fround(low) + Math.fround(high)) / 2);
}

function size(low: number, high: number): number {
  return Math.abs(Math.fround(Math.fround(high) - Math.fround(low)));
}

function length(x: number, y: number): number {
  return Math.fround(Math.sqrt(Math.fround(Math.fround(x * x) + Math.fround(y * y))));
}
