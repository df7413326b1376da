import { estimateTraining, runJudgeTraining, runTraining } from "../adapters/python/index.js";
import { readPrompts, verbatimPrompt } from "../adapters/scenes/read-prompts.js";
import { encodePrompt } from "../adapters/scenes/vocabulary.js";
import {
  openBundledDecoder,
  openBundledDetector,
  openBundledEncoder,
  openBundledJudge,
  openBundledSampler,
} from "./bundled.js";
import type { Family } from "./family.js";

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
  missing: async () => [],
  close: async () => undefined,
});
