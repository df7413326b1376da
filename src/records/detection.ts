/** One detected object. */
export interface Detection {
  readonly class: string;
  /** [x1, y1, x2, y2] in pixels, y down. */
  readonly box: readonly [number, number, number, number];
  /** Confidence, 0..1. */
  readonly score: number;
  readonly color: string;
}
