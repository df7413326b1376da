import { MaskedSampler } from "../../decoding/masked-sampler.js";
import { CheckpointError } from "../../errors.js";
import type { SamplerSettings } from "../../records/candidate.js";
import type { GridImage } from "../../records/image.js";
import { refuseCorrection } from "./corrections.js";
import { type ModelOptions, type OnnxModel, openModel } from "./model.js";
import { EVALUATIONS_A_STEP, StepGraph } from "./step-graph.js";

export interface OnnxSamplerOptions extends ModelOptions {
  readonly settings: SamplerSettings;
  /** Word ids of a prompt, shape (text length,). Throws PromptError when the prompt cannot be said. */
  readonly encodePrompt: (text: string) => ArrayLike<number>;
  /** An image from its token grid. */
  readonly image: (tokens: Uint16Array) => GridImage;
  /** Paths a forward pass; DEFAULT_SLOTS when absent. */
  readonly slots?: number;
}

/** Fastest per image on two cores of those measured (`npm run bench:sampling -- --slots N`). */
export const DEFAULT_SLOTS = 8;

/** The bundled generator: masked-token sampling in onnxruntime-node. */
export class OnnxSampler extends MaskedSampler {
  private constructor(model: OnnxModel, options: OnnxSamplerOptions) {
    const { name, identity, config } = model.checkpoint;
    const { grid: side, codebook_size: mask, text_length: textLength } = config;
    if (textLength === undefined) throw new CheckpointError(`${name} has no text_length.`);
    const { settings, encodePrompt, image, slots = DEFAULT_SLOTS } = options;
    const grid = { tokens: side * side, mask };
    super({
      settings,
      checkpoint: identity,
      slots,
      evaluationsPerStep: EVALUATIONS_A_STEP,
      grid,
      steps: new StepGraph(model, slots, grid, textLength, settings.guidanceScale),
      refuseCorrection: (correction) => refuseCorrection(model.checkpoint, correction, grid),
      encodePrompt,
      image,
    });
  }

  /** Loads generator.onnx of a checkpoint folder. Throws CheckpointError, or ConfigError for settings it cannot run. */
  static async open(folder: string, options: OnnxSamplerOptions): Promise<OnnxSampler> {
    return new OnnxSampler(await openModel(folder, "generator", "generator.onnx", options), options);
  }
}
