import { estimateTraining, runJudgeTraining, runTraining } from "../adapters/python/index.js";
import { readPrompts, verbatimPrompt } from "../adapters/scenes/read-prompts.js";
import { encodePrompt } from "../adapters/scenes/vocabulary.js";
import type { SamplerSettings } from "../records/candidate.js";
import type { Prompt } from "../records/prompt.js";
import type { Detector, Encoder, Judge, Sampler } from "../records/seams.js";
import {
  type BundledDecoder,
  openBundledDecoder,
  openBundledDetector,
  openBundledEncoder,
  openBundledJudge,
  openBundledSampler,
} from "./bundled.js";

/** What a run needs of a model family. Tests put fakes in its place. */
export interface Family {
  /** Throws PromptError at the first line that the family cannot draw. */
  readPrompts(file: string): Promise<readonly Prompt[]>;
  /** A prompt from its text, kept word for word. Throws PromptError when the family cannot draw it. */
  promptOf(text: string): Prompt;
  /** Word ids, shape (text,). Throws PromptError. */
  encodePrompt(text: string): Uint16Array;
  openDecoder(folder: string): Promise<BundledDecoder>;
  openEncoder(folder: string): Promise<Encoder>;
  openSampler(folder: string, options: SamplerOpening): Promise<Sampler>;
  openJudge(folder: string): Promise<Judge>;
  openDetector(): Detector;
  readonly train: typeof runTraining;
  readonly estimate: typeof estimateTraining;
  readonly trainJudge: typeof runJudgeTraining;
}

export interface SamplerOpening {
  readonly decoder: BundledDecoder;
  readonly settings: SamplerSettings;
  readonly slots: number;
}

/** The small models in data/models, run in Node and trained by the Python worker. */
export const BUNDLED_FAMILY: Family = Object.freeze({
  readPrompts: async (file: string) => (await readPrompts(file)).prompts,
  promptOf: verbatimPrompt,
  encodePrompt,
  openDecoder: (folder: string) => openBundledDecoder(folder),
  openEncoder: (folder: string) => openBundledEncoder(folder),
  openSampler: openBundledSampler,
  openJudge: (folder: string) => openBundledJudge(folder),
  openDetector: openBundledDetector,
  train: runTraining,
  estimate: estimateTraining,
  trainJudge: runJudgeTraining,
});
