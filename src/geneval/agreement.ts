import type { Detection } from "../records/detection.js";

/** Detections below this score are fragments: GenEval does not count them either. */
const KEPT_SCORE = 0.3;

/**
 * How far two images show the same objects, 0..1: twice the objects they share over the objects of both (Dice). Shared is an
 * object of one class and colour whose centres lie within `tolerance` pixels. 0 when neither shows any.
 */
export function agreement(one: readonly Detection[], other: readonly Detection[], tolerance: number): number {
  const [left, right] = [one.filter(isKept), other.filter(isKept)];
  if (left.length + right.length === 0) return 0;
  const free = new Set(right);
  let shared = 0;
  for (const object of left) {
    const match = [...free].find((candidate) => isSame(object, candidate, tolerance));
    if (match === undefined) continue;
    free.delete(match);
    shared += 1;
  }
  return (2 * shared) / (left.length + right.length);
}

function isKept({ score }: Detection): boolean {
  return score > KEPT_SCORE;
}

function isSame(one: Detection, other: Detection, tolerance: number): boolean {
  if (one.class !== other.class || one.color !== other.color) return false;
  const [dx, dy] = [centre(one, 0) - centre(other, 0), centre(one, 1) - centre(other, 1)];
  return Math.hypot(dx, dy) <= tolerance;
}

/** Along x (0) or y (1), in pixels. */
function centre({ box }: Detection, axis: 0 | 1): number {
  return axis === 0 ? (box[0] + box[2]) / 2 : (box[1] + box[3]) / 2;
}
