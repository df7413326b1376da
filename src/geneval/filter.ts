import type { Detection } from "../records/detection.js";
import type { GenEvalOptions } from "./options.js";

/** Kept detections of each class, most confident first. A class without any has no entry. */
export type DetectedObjects = ReadonlyMap<string, readonly Detection[]>;

/**
 * What is kept of a detector's raw output for a prompt tagged `tag`: per class the detections above the threshold, at
 * most `maxObjects` of them, less those that overlap a more confident one. Equal scores keep the detector's order.
 */
export function filterDetections(
  detections: readonly Detection[],
  tag: string,
  options: GenEvalOptions,
): DetectedObjects {
  const threshold = Math.fround(tag === "counting" ? options.countingThreshold : options.threshold);
  const confident = detections.filter((detection) => Math.fround(detection.score) > threshold);
  const kept = new Map<string, Detection[]>();
  for (const [name, group] of groupByClass(confident)) {
    const ranked = group.sort((one, other) => Math.fround(other.score) - Math.fround(one.score));
    kept.set(name, suppressOverlaps(ranked.slice(0, options.maxObjects), options.maxOverlap));
  }
  return kept;
}

function groupByClass(detections: readonly Detection[]): Map<string, Detection[]> {
  const groups = new Map<string, Detection[]>();
  for (const detection of detections) {
    const group = groups.get(detection.class);
    if (group) group.push(detection);
    else groups.set(detection.class, [detection]);
  }
  return groups;
}

/** Greedy non-maximum suppression over detections sorted by confidence. */
function suppressOverlaps(ranked: readonly Detection[], maxOverlap: number): Detection[] {
  if (maxOverlap === 1) return [...ranked];
  const kept: Detection[] = [];
  for (const detection of ranked) {
    if (kept.every((better) => overlap(better.box, detection.box) < maxOverlap)) kept.push(detection);
  }
  return kept;
}

/** Intersection over union, 0..1, of boxes whose far edges are pixels inside them; float32 at each step. */
export function overlap(a: Detection["box"], b: Detection["box"]): number {
  const shared = area(Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.min(a[2], b[2]), Math.min(a[3], b[3]));
  const union = Math.fround(Math.fround(area(...a) + area(...b)) - shared);
  return union === 0 ? 0 : Math.fround(shared / union);
}

function area(x1: number, y1: number, x2: number, y2: number): number {
  return Math.fround(span(x1, x2) * span(y1, y2));
}

function span(low: number, high: number): number {
  return Math.max(Math.fround(Math.fround(Math.fround(high) - Math.fround(low)) + 1), 0);
}
