import type { StoredPicture } from "./picture.js";
import type { Reason } from "./reasons.js";

/** How a path is sampled. Part of a candidate's identity. */
export interface SamplerSettings {
  /** Decoding steps of a full path. */
  readonly steps: number;
  /**
   * g in (1 + g) * conditional - g * unconditional (Show-o's form; arXiv 2501.13926, section 3.1); in raster order s in
   * unconditional + s * (conditional - unconditional), where 1 is no guidance.
   */
  readonly guidanceScale: number;
  /**
   * Gumbel temperature of confidence re-masking at step 0, which falls linearly to 0 and is never compounded; in raster order
   * what logits are divided by, 0 for the likeliest code.
   */
  readonly temperature: number;
  /** Share of masked tokens after a step; a row of tokens a step, from the first down; or noise taken from a whole picture. */
  readonly schedule: "cosine" | "raster" | "denoising";
  /** In raster order: likeliest codes that the next one is drawn among; null among all. */
  readonly topK?: number | null;
  /** In raster order: share of the probability that the next code is drawn among. */
  readonly topP?: number;
  /** In raster order: what is shown midway, the rows that are drawn or the likeliest image that they begin. */
  readonly preview?: "drawn" | "completed";
  /** Of denoising: what takes a path from step to step; "pipeline" is the model's own. */
  readonly scheduler?: string;
  /** Of denoising: the picture's sides in pixels; null is the model's own size. */
  readonly width?: number | null;
  readonly height?: number | null;
}

/** Why a path ended. */
export type CandidateStatus = "finished" | "dropped";

/**
 * A branching in a path's history: after `step` steps a share `remask` (0..1) of its tokens was masked again, and it went on under `seed`.
 */
export interface Fork {
  readonly step: number;
  readonly remask: number;
  readonly seed: number;
}

/** The image that a path was asked to correct (PARM++), and what was said to be wrong with it. */
export interface Corrected {
  /** Codebook indices, row-major, shape (tokens,). */
  readonly tokens: readonly number[];
  readonly reasons: readonly Reason[];
}

/** A finished or dropped path: the tokens are the image, or the picture is. */
export interface Candidate {
  /**
   * First 24 hex digits of sha256 over checkpoint, prompt text, sampler settings, seed, forks and correction; of a
   * dropped path over its steps as well, because it is not the image that the whole path leads to.
   */
  readonly id: string;
  readonly promptId: string;
  /** Identity (weights hash) of the checkpoint that sampled it. */
  readonly checkpoint: string;
  readonly settings: SamplerSettings;
  /** Unsigned 32-bit integer; of the first ancestor when the path was forked. */
  readonly seed: number;
  /** The branchings that led here, oldest first; absent when there were none. */
  readonly forks?: readonly Fork[];
  /** Absent when the path began from nothing. */
  readonly correction?: Corrected;
  /**
   * Codebook indices, row-major, shape (tokens,). Of a dropped path: its last prediction, or mask ids when it never took a step.
   * None where the image is a picture.
   */
  readonly tokens: Uint16Array;
  /** Step (from 0) at which each token was committed, shape (tokens,); NEVER_COMMITTED where it was not. */
  readonly committedAt: Uint8Array;
  /** Of denoising: the picture, or the last prediction of a dropped path; grey when it never took a step. */
  readonly picture?: StoredPicture;
  /** Decoding steps that were run. */
  readonly steps: number;
  /** Function evaluations of the generator spent on this path, its ancestors' left out. Absent where nobody counted. */
  readonly nfe?: number;
  readonly status: CandidateStatus;
  /** Why it was dropped; empty when finished. */
  readonly reason: string;
}

/** `committedAt` of a token that was still masked when its path was dropped. */
export const NEVER_COMMITTED = 255;
