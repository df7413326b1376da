/** An image under a caption that is true of it and under one that is false by one change. */
export interface CaptionPair {
  /** What the change is: "colors swapped", "one more". */
  readonly kind: string;
  readonly tokens: Uint16Array;
  readonly truth: string;
  readonly falsehood: string;
}
