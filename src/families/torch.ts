import { imageSource } from "../adapters/onnx/image-source.js";
import { MaskedSampler, type StepRunner } from "../adapters/onnx/masked-sampler.js";
import type { OnnxPath } from "../adapters/onnx/path.js";
import {
  decodeArray,
  type Opened,
  type OpenRequest,
  type ServingOptions,
  ServingWorker,
  type StoredArray,
} from "../adapters/python/index.js";
import { CheckpointError, TrainerError } from "../errors.js";
import type { SamplerSettings } from "../records/candidate.js";
import type { ImageHandle, Pixels } from "../records/image.js";
import type { Decoder, Judge, Sampler } from "../records/seams.js";
import { storedGrids } from "./stored-grids.js";
import { TorchJudge } from "./torch-judge.js";

export interface TorchOptions extends ServingOptions {
  readonly settings: SamplerSettings;
  /** The models' folders, and how the worker runs them. */
  readonly models: Omit<OpenRequest, "guidance_scale">;
}

/** Show-o, its image tokenizer and a judge in one worker process. */
export interface TorchModels {
  readonly sampler: Sampler;
  /** Undefined when no judge was named. */
  readonly judge: Judge | undefined;
  readonly decoder: Decoder;
  /** An image handle; handles asked for pixels together are decoded together. */
  readonly image: (tokens: Uint16Array) => ImageHandle;
  readonly opened: Opened;
  /** Ends the worker; close this instead of the sampler and the judge. */
  close(): Promise<void>;
}

/**
 * Starts a worker and loads the models. Paths live in Node, so a worker that dies or hangs fails the call in flight, and the
 * next call finds another. Throws ConfigError when a folder does not hold what it should, TrainerError when the worker fails.
 */
export async function openTorch({ settings, models, ...options }: TorchOptions): Promise<TorchModels> {
  const worker = new ServingWorker({ ...models, guidance_scale: settings.guidanceScale }, options);
  const opened = await worker.opened().catch(async (cause: unknown) => {
    await worker.close();
    throw cause;
  });
  const decoder: Decoder = { decode: (grids) => decode(worker, opened, grids) };
  const image = imageSource(decoder);
  const sampler = new MaskedSampler({
    settings,
    checkpoint: opened.generator,
    slots: opened.slots,
    evaluationsPerStep: opened.evaluations_a_step,
    grid: { tokens: opened.image_tokens, mask: opened.codebook_size },
    steps: stepRunner(worker),
    refuseCorrection: () => {
      throw new CheckpointError(`Checkpoint ${models.generator} was not trained to correct images.`);
    },
    // The worker's tokenizer reads the text of a path's prompt.
    encodePrompt: () => [],
    image,
  });
  const judge = opened.judge === null ? undefined : new TorchJudge(worker, opened, opened.judge);
  return { sampler, judge, decoder, image, opened, close: () => worker.close() };
}

function stepRunner(worker: ServingWorker): StepRunner {
  return {
    async run(paths) {
      const texts = paths.map(({ prompt }) => prompt.text);
      const bytes = await worker.draw(texts, stepArrays(paths));
      return {
        drawn: read(bytes, "drawn", "I32").data,
        logProbability: read(bytes, "log_probability", "F32").data,
      };
    },
    close: async () => undefined,
  };
}

function stepArrays(paths: readonly OnnxPath[]): Record<string, StoredArray> {
  return {
    tokens: storedGrids(paths.map(({ tokens }) => tokens)),
    seeds: { shape: [paths.length], data: BigInt64Array.from(paths, ({ seed }) => BigInt(seed)) },
    steps: { shape: [paths.length], data: BigInt64Array.from(paths, ({ step }) => BigInt(step)) },
  };
}

async function decode(
  worker: ServingWorker,
  opened: Opened,
  grids: readonly Uint16Array[],
): Promise<Pixels[]> {
  const side = opened.image_side;
  const { data } = read(await worker.decode(storedGrids(grids)), "pixels", "U8");
  const size = side * side * 3;
  return grids.map((_, row) => ({
    width: side,
    height: side,
    data: data.slice(row * size, (row + 1) * size),
  }));
}

function read<Kind extends "I32" | "F32" | "U8">(bytes: Uint8Array, name: string, kind: Kind) {
  try {
    return decodeArray(bytes, name, kind);
  } catch (cause) {
    throw new TrainerError(`The serving worker failed: ${(cause as Error).message}.`, { cause });
  }
}
