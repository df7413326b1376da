import type { Candidate, SamplerSettings } from "./candidate.js";
import type { Detection } from "./detection.js";
import type { GridImage, ImageHandle, Pixels } from "./image.js";
import type { Prompt } from "./prompt.js";
import type { Reason } from "./reasons.js";
import type { Question, Verdict } from "./verdict.js";

/** One sampling trajectory in flight. Opaque to a search strategy except for these fields. */
export interface Path {
  readonly prompt: Prompt;
  readonly seed: number;
  /** Steps run so far, 0..settings.steps. */
  readonly step: number;
  readonly done: boolean;
  /** Function evaluations spent on this path so far; 0 for a fresh fork. */
  readonly nfe: number;
}

/** What self-correction feeds back into the generator (PARM++, arXiv 2501.13926, section 4.2). */
export interface Correction {
  readonly image: GridImage;
  /** What was wrong with it. */
  readonly reasons: readonly Reason[];
}

/**
 * The generator seam. Every call takes many paths, of any mix of prompts and steps.
 * A path's randomness comes from (seed, step, position) alone, never from the batch it sat in.
 */
export interface Sampler {
  readonly settings: SamplerSettings;
  /** Identity of the checkpoint behind this sampler. */
  readonly checkpoint: string;
  /** Paths advanced together in one forward pass. */
  readonly slots: number;
  /** Function evaluations that one step of one path costs: one a guidance branch. */
  readonly evaluationsPerStep: number;
  open(prompt: Prompt, seed: number, correction?: Correction): Path;
  /** Runs one decoding step on each path. */
  advance(paths: readonly Path[]): Promise<void>;
  /** The image each path predicts at its present step. Throws when a path has not taken a step yet. */
  preview(paths: readonly Path[]): Promise<ImageHandle[]>;
  /**
   * A new path from the state of `path`, with a share (0..1) of its committed tokens masked again. It stands at the latest
   * step at which the schedule has as many masked tokens.
   */
  fork(path: Path, seed: number, remask: number): Path;
  /**
   * A new path near a finished one: of denoising its first noise lies `distance` (0..1) away from the other's, and it has all
   * steps before it. Where absent, a fork with that share of the tokens masked again.
   */
  neighbour?(path: Path, seed: number, distance: number): Path;
  /** Closes finished paths. Throws when a path has steps left. */
  finish(paths: readonly Path[]): Candidate[];
  /** Closes paths before their end; their slots are free at once. */
  drop(paths: readonly Path[], reason: string): Candidate[];
  /** Waits until the pictures of all paths closed so far are kept; absent where an image is its tokens. */
  settle?(): Promise<void>;
  /** Function evaluations so far: forward passes of the generator, per path and guidance branch (arXiv 2501.09732). */
  readonly nfe: number;
  close(): Promise<void>;
}

export interface JudgeItem {
  readonly prompt: Prompt;
  readonly image: ImageHandle;
}

/** Two images of one prompt, in the order in which they are shown. */
export interface ComparisonItem {
  readonly prompt: Prompt;
  readonly first: ImageHandle;
  readonly second: ImageHandle;
}

/** Which of the two is better: how sure it is of the first, 0..1, where 0.5 is a tie; or why it cannot say. */
export type Comparison =
  | { readonly kind: "compared"; readonly first: number }
  | { readonly kind: "failed"; readonly reason: string };

/** The verifier seam: one question about many images, one verdict each, in order. */
export interface Judge {
  /** Identity of the weights and wording behind the verdicts. */
  readonly identity: string;
  readonly questions: readonly Question[];
  /** Images answered together in one forward pass. */
  readonly batch: number;
  /** Whether it reads token grids alone: a picture is a failed verdict, unless somebody encodes it first. */
  readonly readsTokens?: boolean;
  ask(question: Question, items: readonly JudgeItem[]): Promise<Verdict[]>;
  /** Which of two images is better, as asked in this order; absent where it cannot be asked. One answer each, in order. */
  compare?(items: readonly ComparisonItem[]): Promise<Comparison[]>;
  /** Whether its outcome ranks the images of a prompt that are asked about together: it says nothing of an image alone. */
  readonly isRelative?: boolean;
  /** Identity of the judge for which PARM's thresholds were found, where several are asked; its own when absent. */
  readonly thresholdsOf?: string;
  /** What all calls took in this workspace; absent where asking costs nothing. */
  readonly spent?: () => {
    readonly calls: number;
    readonly inputTokens: number;
    readonly outputTokens: number;
    readonly cost: number;
  };
  close(): Promise<void>;
}

/** Finds objects in images: one list of detections per image, in order. */
export interface Detector {
  readonly identity: string;
  detect(images: readonly Pixels[]): Promise<Detection[][]>;
}

/** Turns pixels into token grids, in order. */
export interface Encoder {
  /** Width and height of the images it takes, in pixels. */
  readonly side: number;
  /** Tokens of an image. */
  readonly tokens: number;
  readonly codebookSize: number;
  encode(images: readonly Pixels[]): Promise<Uint16Array[]>;
  close(): Promise<void>;
}

/** Turns token grids into pixels, in order. */
export interface Decoder {
  decode(grids: readonly Uint16Array[]): Promise<Pixels[]>;
}

/** A decoder of a known checkpoint, which also makes handles. */
export interface ImageDecoder extends Decoder {
  readonly identity: string;
  /** An image handle; handles asked for pixels together are decoded together. */
  readonly image: (tokens: Uint16Array) => GridImage;
  close(): Promise<void>;
}
