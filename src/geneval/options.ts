/** What the reference lets one set (geneval `evaluate_images.py`, option by option). */
export interface GenEvalOptions {
  /** A detection is kept when its score is above this, 0..1, compared in float32. */
  readonly threshold: number;
  /** The same for prompts tagged "counting". */
  readonly countingThreshold: number;
  /** Detections kept per class, the most confident first. */
  readonly maxObjects: number;
  /** Overlap (IoU, 0..1) from which the less confident of two boxes of a class is dropped; 1 drops nothing. */
  readonly maxOverlap: number;
  /** Share of the two boxes' sizes that a distance must exceed before it counts as one, 0..1. */
  readonly positionThreshold: number;
}

/** The reference's defaults. */
export const GENEVAL_DEFAULTS: GenEvalOptions = Object.freeze({
  threshold: 0.3,
  countingThreshold: 0.9,
  maxObjects: 16,
  maxOverlap: 1,
  positionThreshold: 0.1,
});
