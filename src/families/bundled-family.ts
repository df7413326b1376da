import type { ModelOptions } from "../adapters/onnx/model.js";
import { checkPython, estimateTraining, runJudgeTraining, runTraining } from "../adapters/python/index.js";
import type { CaptionPair } from "../records/caption-pair.js";
import { verbatimPrompt } from "../scenes/language/prompt.js";
import { encodePrompt } from "../scenes/language/vocabulary.js";
import {
  openBundledDecoder,
  openBundledDetector,
  openBundledEncoder,
  openBundledJudge,
  openBundledSampler,
} from "./bundled.js";
import { captionPairs } from "./false-captions.js";
import type { Family, SamplerOpening } from "./family.js";
import { readPrompts } from "./scene-prompts.js";

/** The small models in data/models, run in Node and trained by the Python worker. */
export function bundledFamily(options: ModelOptions = {}): Family {
  return Object.freeze({
    readPrompts: async (file: string) => (await readPrompts(file)).prompts,
    promptOf: verbatimPrompt,
    encodePrompt,
    openDecoder: (folder: string) => openBundledDecoder(folder, options),
    openEncoder: (folder: string) => openBundledEncoder(folder, options),
    openSampler: (folder: string, opening: SamplerOpening) =>
      openBundledSampler(folder, { ...options, ...opening }),
    openJudge: (folder: string) => openBundledJudge(folder, options),
    openDetector: openBundledDetector,
    captionPairs: (tokenizer: string) => ({
      id: `scenes/${CAPTION_PAIRS.scenes}/${CAPTION_PAIRS.most}`,
      open: () => encodedPairs(tokenizer, options),
    }),
    checkTrainer: checkPython,
    train: runTraining,
    estimate: estimateTraining,
    trainJudge: runJudgeTraining,
    missing: async () => [],
    close: async () => undefined,
  });
}

/** Enough scenes for 200 pairs of most kinds. */
const CAPTION_PAIRS = { scenes: 1000, most: 250 } as const;

async function* encodedPairs(tokenizer: string, options: ModelOptions): AsyncGenerator<CaptionPair> {
  const encoder = await openBundledEncoder(tokenizer, options);
  try {
    yield* captionPairs(encoder, CAPTION_PAIRS);
  } finally {
    await encoder.close();
  }
}

export const BUNDLED_FAMILY: Family = bundledFamily();
