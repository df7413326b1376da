import { join } from "node:path";
import { readCheckpoint } from "../adapters/onnx/checkpoint.js";
import { OnnxDecoder } from "../adapters/onnx/decoder.js";
import { OnnxEncoder } from "../adapters/onnx/encoder.js";
import { OnnxJudge } from "../adapters/onnx/judge.js";
import type { ModelOptions } from "../adapters/onnx/model.js";
import { openNextTokenSampler } from "../adapters/onnx/next-token-sampler.js";
import { OnnxSampler } from "../adapters/onnx/sampler.js";
import type { NODE_FAMILIES } from "../config/schema/models.js";
import { SAMPLER_DEFAULTS } from "../config/schema/sampler-defaults.js";
import { imageSource } from "../decoding/image-source.js";
import { CheckpointError } from "../errors.js";
import { LAYOUT } from "../machine/layout.js";
import type { SamplerSettings } from "../records/candidate.js";
import type { Detector, Encoder, ImageDecoder, Judge, Sampler } from "../records/seams.js";
import { createScenesDetector } from "../scenes/detection/detect.js";
import { encodePrompt, TEXT_LENGTH, VOCABULARY_SIZE } from "../scenes/language/vocabulary.js";

/** Sampler settings that the bundled generator was measured with. */
export const BUNDLED_SETTINGS = SAMPLER_DEFAULTS;

/** Where the bundled models lie, by default. */
export const BUNDLED_MODELS = LAYOUT.models;

export interface BundledSamplerOptions extends ModelOptions {
  readonly decoder: ImageDecoder;
  readonly settings?: SamplerSettings;
  readonly slots?: number;
}

/** Opens the decoder of a tokenizer's folder. Throws CheckpointError. */
export async function openBundledDecoder(
  folder = join(BUNDLED_MODELS, "scenes-tokenizer"),
  options: ModelOptions = {},
): Promise<ImageDecoder> {
  const decoder = await OnnxDecoder.open(folder, options);
  return {
    identity: decoder.identity,
    decode: (grids) => decoder.decode(grids),
    image: imageSource(decoder),
    close: () => decoder.close(),
  };
}

/** Opens the encoder of a tokenizer's folder. Throws CheckpointError. */
export async function openBundledEncoder(folder: string, options: ModelOptions = {}): Promise<Encoder> {
  return OnnxEncoder.open(folder, options);
}

/** Opens a generator's checkpoint folder. Throws CheckpointError, or ConfigError for settings it cannot run. */
export async function openBundledSampler(folder: string, options: BundledSamplerOptions): Promise<Sampler> {
  refuseOtherVocabulary(folder, "generator");
  refuseOtherOrder(folder, "bundled");
  const { decoder, settings = BUNDLED_SETTINGS, ...rest } = options;
  return OnnxSampler.open(folder, { ...rest, settings, encodePrompt, image: decoder.image });
}

/** Opens the folder of a next-token generator, as `openBundledSampler`. */
export async function openBundledNextTokenSampler(
  folder: string,
  options: BundledSamplerOptions & { readonly settings: SamplerSettings },
): Promise<Sampler> {
  refuseOtherVocabulary(folder, "generator");
  refuseOtherOrder(folder, "bundled-next-token");
  const { decoder, ...rest } = options;
  return openNextTokenSampler(folder, { ...rest, encodePrompt, image: decoder.image });
}

/** Opens a judge's checkpoint folder. Throws CheckpointError. */
export async function openBundledJudge(folder: string, options: ModelOptions = {}): Promise<Judge> {
  refuseOtherVocabulary(folder, "judge");
  return OnnxJudge.open(folder, { ...options, encodePrompt });
}

/** The classical detector of scenes. */
export function openBundledDetector(): Detector {
  return createScenesDetector();
}

function refuseOtherOrder(folder: string, expected: (typeof NODE_FAMILIES)[number]): void {
  const { family } = readCheckpoint(folder, "generator");
  if (family === expected) return;
  throw new CheckpointError(
    `Expected ${folder} to hold a generator of the family ${expected}, got one of ${family}: set "models.family" to "${family}".`,
  );
}

function refuseOtherVocabulary(folder: string, kind: "generator" | "judge"): void {
  const { vocabulary_size: words, text_length: length } = readCheckpoint(folder, kind).config;
  if (words === VOCABULARY_SIZE && length === TEXT_LENGTH) return;
  throw new CheckpointError(
    `${folder} was trained on another vocabulary: expected ${VOCABULARY_SIZE} word ids and prompts of ` +
      `${TEXT_LENGTH}, got ${words} and ${length}. Use the release it was trained with, or train it again.`,
  );
}
