import type { Detection } from "../../records/detection.js";
import type { Pixels } from "../../records/image.js";
import type { Detector } from "../../records/seams.js";
import { matchShape } from "./match.js";
import { type Segment, segmentsOf } from "./segment.js";

/** Match quality that scores 0, and the one that scores 1: a fragment stays below 0.3, a whole clean shape above 0.9. */
const WORST_QUALITY = 0.865;
const BEST_QUALITY = 0.955;

/** The classical detector of the bundled domain: colour, connected patch, shape. Changing it changes its identity. */
export function createScenesDetector(): Detector {
  return {
    identity: "scenes-detector/1",
    detect: async (images) => images.map(detectObjects),
  };
}

/** Finds the objects of one 64 x 64 image, best first. */
export function detectObjects(pixels: Pixels): Detection[] {
  return segmentsOf(pixels)
    .map((segment) => detectionOf(segment, pixels.width))
    .filter((detection) => detection.score > 0)
    .sort((one, other) => other.score - one.score);
}

function detectionOf(segment: Segment, side: number): Detection {
  const { shape, quality } = matchShape(segment.mask, side, segment.centre);
  const score = (quality - WORST_QUALITY) / (BEST_QUALITY - WORST_QUALITY);
  return { class: shape, box: segment.box, score: Math.min(1, Math.max(0, score)), color: segment.color };
}
