import {
  decodeArray,
  type Opened,
  type OpenRequest,
  type ServingOptions,
  ServingWorker,
  type StoredArray,
} from "../adapters/python/index.js";
import { SHOW_O_SAMPLER } from "../config/schema/family-defaults.js";
import { imageSource } from "../decoding/image-source.js";
import { MaskedSampler } from "../decoding/masked-sampler.js";
import type { MaskedPath } from "../decoding/path.js";
import { RasterSampler, type RasterStepRunner } from "../decoding/raster-sampler.js";
import { CheckpointError, TrainerError } from "../errors.js";
import type { SamplerSettings } from "../records/candidate.js";
import type { GridImage, Pixels } from "../records/image.js";
import type { Decoder, Judge, Sampler } from "../records/seams.js";
import { storedGrids } from "./stored-grids.js";
import { TorchJudge } from "./torch-judge.js";

export interface TorchOptions extends ServingOptions {
  readonly settings: SamplerSettings;
  /** The models' folders, and how the worker runs them. */
  readonly models: Omit<OpenRequest, "guidanceScale" | "generator"> & { readonly generator: string };
}

/** Show-o, its image tokenizer and a judge in one worker process. */
export interface TorchModels {
  readonly sampler: Sampler;
  /** Undefined when no judge was named. */
  readonly judge: Judge | undefined;
  readonly decoder: Decoder;
  /** An image handle; handles asked for pixels together are decoded together. */
  readonly image: (tokens: Uint16Array) => GridImage;
  readonly opened: Opened;
  /** Ends the worker; close this instead of the sampler and the judge. */
  close(): Promise<void>;
}

/**
 * Starts a worker and loads the models. Paths live in Node, so a worker that dies or hangs fails the call in flight, and the
 * next call finds another. Throws ConfigError when a folder does not hold what it should, TrainerError when the worker fails.
 */
export async function openTorch({ settings, models, ...options }: TorchOptions): Promise<TorchModels> {
  const { generator, ...others } = models;
  const worker = new ServingWorker(others, options);
  const decoder = torchDecoder(worker);
  const image = imageSource(decoder);
  try {
    const { textTokenizer = null, slots = SHOW_O_SAMPLER.slots } = models;
    const sampler = await torchSampler({ worker, generator, textTokenizer, slots, settings, image });
    const opened = await worker.opened();
    const described = { ...opened, batch: opened.slots, identity: opened.judge ?? "" };
    const judge =
      opened.judge === null ? undefined : new TorchJudge(worker, described, () => worker.opened());
    return { sampler, judge, decoder, image, opened, close: () => worker.close() };
  } catch (cause) {
    await worker.close();
    throw cause;
  }
}

export interface TorchSamplerOptions {
  readonly worker: ServingWorker;
  /** Folders of Show-o and of its text tokenizer. */
  readonly generator: string;
  readonly textTokenizer: string | null;
  readonly slots: number;
  readonly settings: SamplerSettings;
  readonly image: (tokens: Uint16Array) => GridImage;
}

/** A sampler whose steps a worker runs. The worker holds one generator: this one again whenever it draws. Throws as `openTorch`. */
export async function torchSampler(options: TorchSamplerOptions): Promise<Sampler> {
  const { worker, generator, textTokenizer, slots, settings, image } = options;
  const models = { generator, textTokenizer, slots, ...drawing(settings) };
  const opened = await worker.hold(models);
  const Kind = settings.schedule === "raster" ? RasterSampler : MaskedSampler;
  return new Kind({
    settings,
    checkpoint: present(opened.generator),
    slots: opened.slots,
    evaluationsPerStep: present(opened.evaluations_a_step),
    grid: { tokens: present(opened.image_tokens), mask: opened.codebook_size },
    steps: stepRunner(worker, models),
    refuseCorrection: () => {
      throw new CheckpointError(`Checkpoint ${generator} was not trained to correct images.`);
    },
    // The worker's tokenizer reads the text of a path's prompt.
    encodePrompt: () => [],
    image,
  });
}

/** What the worker must know of the settings; masked tokens are masked again here. */
function drawing({
  schedule,
  guidanceScale,
  temperature,
  topK,
  topP,
}: SamplerSettings): Partial<OpenRequest> {
  if (schedule === "cosine") return { guidanceScale };
  return { guidanceScale, temperature, topK: topK ?? null, topP: topP ?? 1 };
}

function stepRunner(worker: ServingWorker, models: Partial<OpenRequest>): RasterStepRunner {
  const textsOf = (paths: readonly MaskedPath[]) => paths.map(({ prompt }) => prompt.text);
  return {
    async run(paths) {
      const bytes = await worker.draw(textsOf(paths), stepArrays(paths), models);
      return {
        drawn: read(bytes, "drawn", "I32").data,
        logProbability: read(bytes, "log_probability", "F32").data,
      };
    },
    async complete(paths) {
      const grids = storedGrids(paths.map(({ tokens }) => tokens));
      return read(await worker.complete(textsOf(paths), grids, models), "tokens", "I32").data;
    },
    close: async () => undefined,
  };
}

function stepArrays(paths: readonly MaskedPath[]): Record<string, StoredArray> {
  return {
    tokens: storedGrids(paths.map(({ tokens }) => tokens)),
    seeds: { shape: [paths.length], data: BigInt64Array.from(paths, ({ seed }) => BigInt(seed)) },
    steps: { shape: [paths.length], data: BigInt64Array.from(paths, ({ step }) => BigInt(step)) },
  };
}

/** Images asked for together: about 50 MB of pixels at 512 x 512. */
const DECODED_TOGETHER = 64;

/** The image tokenizer's decoder in a worker. */
export function torchDecoder(worker: ServingWorker): Decoder {
  return {
    async decode(grids) {
      const images: Pixels[] = [];
      for (let first = 0; first < grids.length; first += DECODED_TOGETHER) {
        images.push(...(await decode(worker, grids.slice(first, first + DECODED_TOGETHER))));
      }
      return images;
    },
  };
}

async function decode(worker: ServingWorker, grids: readonly Uint16Array[]): Promise<Pixels[]> {
  const { data, shape } = read(await worker.decode(storedGrids(grids)), "pixels", "U8");
  const [, height = 0, width = 0] = shape;
  const size = height * width * 3;
  return grids.map((_, row) => ({ width, height, data: data.slice(row * size, (row + 1) * size) }));
}

function read<Kind extends "I32" | "F32" | "U8">(bytes: Uint8Array, name: string, kind: Kind) {
  try {
    return decodeArray(bytes, name, kind);
  } catch (cause) {
    throw new TrainerError(`The serving worker failed: ${(cause as Error).message}.`, { cause });
  }
}

function present<Value>(value: Value | null): Value {
  if (value === null)
    throw new TrainerError("The serving worker failed: it loaded a generator and described none.");
  return value;
}
