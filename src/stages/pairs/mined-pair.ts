import type { LabelledCandidate } from "./label.js";

/** A chosen and a rejected candidate of one prompt. */
export interface MinedPair {
  readonly chosen: LabelledCandidate;
  readonly rejected: LabelledCandidate;
  /** Score of the chosen less that of the rejected. */
  readonly margin: number;
  /** Decoding steps that the two have in common, where the policy asks for some. */
  readonly sharedSteps?: number;
}

/** The candidates of one prompt, as a policy sees them. */
export interface Pool {
  readonly candidates: readonly LabelledCandidate[];
  /** The judged "yes" and "no" of them, in a random order that follows from the seed and their ids. */
  readonly yes: readonly LabelledCandidate[];
  readonly no: readonly LabelledCandidate[];
  /** Token grids by candidate id; only where `needsTokens` says so. */
  readonly tokens: ReadonlyMap<string, Uint16Array>;
}
