import { RasterSampler } from "../../decoding/raster-sampler.js";
import { CheckpointError, ConfigError } from "../../errors.js";
import { openModel } from "./model.js";
import { NextTokenGraph } from "./next-token-graph.js";
import { DEFAULT_SLOTS, type OnnxSamplerOptions } from "./sampler.js";

/**
 * The sampler of a bundled next-token generator in onnxruntime-node. Throws CheckpointError, or ConfigError for settings that it
 * cannot run.
 */
export async function openNextTokenSampler(
  folder: string,
  options: OnnxSamplerOptions,
): Promise<RasterSampler> {
  const { settings, encodePrompt, image, slots = DEFAULT_SLOTS } = options;
  if ((settings.topK ?? null) !== null || (settings.topP ?? 1) !== 1) {
    throw new ConfigError(
      'Expected "sampler.topK" to be null and "sampler.topP" to be 1: the bundled next-token generator draws among all codes.',
    );
  }
  const generator = await openModel(folder, "generator", "generator.onnx", options);
  const captions = await openModel(folder, "generator", "caption.onnx", options);
  const { name, identity, config } = generator.checkpoint;
  const { grid: side, codebook_size: mask, text_length: textLength, width, layers, heads } = config;
  if (textLength === undefined || width === undefined || layers === undefined || heads === undefined) {
    throw new CheckpointError(`${name} lacks its text_length, width, layers or heads.`);
  }
  const grid = { tokens: side * side, mask };
  const sizes = { textLength, width, layers, heads };
  return new RasterSampler({
    settings,
    checkpoint: identity,
    slots,
    evaluationsPerStep: 2 * side,
    grid,
    steps: new NextTokenGraph({ generator, captions }, { slots, grid, sizes }, settings),
    refuseCorrection: () => {
      throw new CheckpointError(`Checkpoint ${name} was not trained to correct images.`);
    },
    encodePrompt,
    image,
  });
}
