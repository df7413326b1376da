import { readCheckpoint } from "../adapters/onnx/checkpoint.js";
import type { ModelOptions } from "../adapters/onnx/model.js";
import { checkPython, estimateTraining, runJudgeTraining, runTraining } from "../adapters/python/index.js";
import { imageSource } from "../decoding/image-source.js";
import { unfinishedDecoder } from "../decoding/unfinished.js";
import type { CaptionPair } from "../records/caption-pair.js";
import { verbatimPrompt } from "../scenes/language/prompt.js";
import { encodePrompt } from "../scenes/language/vocabulary.js";
import {
  openBundledDecoder,
  openBundledDetector,
  openBundledEncoder,
  openBundledJudge,
  openBundledNextTokenSampler,
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

/** The same with a generator that draws codes one after the other; the rows that a path lacks are grey. */
export function nextTokenFamily(options: ModelOptions = {}): Family {
  return Object.freeze({
    ...bundledFamily(options),
    openDecoder: async (folder: string) => {
      const whole = await openBundledDecoder(folder, options);
      const { codebook_size: mask } = readCheckpoint(folder, "tokenizer").config;
      const decoder = unfinishedDecoder(whole, mask);
      return {
        identity: whole.identity,
        decode: (grids: readonly Uint16Array[]) => decoder.decode(grids),
        image: imageSource(decoder),
        close: () => whole.close(),
      };
    },
    openSampler: (folder: string, opening: SamplerOpening) =>
      openBundledNextTokenSampler(folder, { ...options, ...opening }),
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
