import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import {
  estimateTraining,
  type IdentifyRequest,
  type JudgeTrainRequest,
  type OpenRequest,
  runJudgeTraining,
  runTraining,
  type ServingOptions,
  ServingWorker,
} from "../adapters/python/index.js";
import type { TorchModelsConfig } from "../config/schema/models.js";
import { imageSource } from "../decoding/image-source.js";
import { ConfigError } from "../errors.js";
import { closeAll } from "../records/closing.js";
import { Cuts } from "../records/cut.js";
import type { WordIds } from "../records/prompt.js";
import type { Detector, Encoder, Judge } from "../records/seams.js";
import type { FindOutside } from "../stages/checkpoints/find-checkpoint.js";
import type { Family, SamplerOpening } from "./family.js";
import { findReleased } from "./find-released.js";
import { type ModelPlaces, missingOf, openModelPlaces } from "./model-places.js";
import { photographPrompt, readPhotographPrompts } from "./photograph-prompts.js";
import { torchDecoder, torchSampler } from "./torch.js";
import { TorchDetector } from "./torch-detector.js";
import { torchEncoder } from "./torch-encoder.js";
import { TorchJudge } from "./torch-judge.js";

export interface TorchFamilyOptions extends ServingOptions {
  readonly places?: ModelPlaces;
}

/** What names the generator as its own judge. */
const SELF = "self";

/**
 * A generator, its image tokenizer and its judge in a worker process that starts when the first of them is needed. The worker
 * holds one generator, the one that draws; a second judge gets a worker of its own.
 */
export function openTorchFamily(models: TorchModelsConfig, options: TorchFamilyOptions = {}): Family {
  const cuts = new Cuts();
  const house = new TorchHouse(models, { ...options, onCut: (some) => cuts.add(some) });
  return {
    cuts,
    readPrompts: readPhotographPrompts,
    promptOf: photographPrompt,
    encodePrompt: (text) => house.encodePrompt(text),
    openDecoder: async (folder) => {
      const worker = await house.worker();
      const { image_tokenizer: identity } = await worker.hold({ imageTokenizer: folder });
      const decoder = torchDecoder(worker);
      return { identity, ...decoder, image: imageSource(decoder), close: async () => undefined };
    },
    openEncoder: (folder) => house.openEncoder(folder),
    openSampler: (folder, opening) => house.openSampler(folder, opening),
    openJudge: (folder) => house.openJudge(folder),
    openDetector: () => house.openDetector(),
    train: async (request, options) => runTraining({ ...request, ...(await house.textEncoder()) }, options),
    estimate: async (request, options) =>
      estimateTraining({ ...request, ...(await house.textEncoder()) }, options),
    trainJudge: async (request, options) =>
      runJudgeTraining({ ...request, ...(await house.tuning(request.start)) }, options),
    refuseTuning,
    outside: (reference, kind) => house.outside(reference, kind),
    missing: () => house.missing(),
    close: () => house.close(),
  };
}

/** The trainer tunes LLaVA-OneVision alone: reward models and other readers of images are judged by as they come. */
function refuseTuning(folder: string): void {
  const file = join(folder, "config.json");
  const config = JSON.parse(existsSync(file) ? readFileSync(file, "utf8") : "{}") as {
    readonly model_type?: string;
    readonly architectures?: readonly string[];
  };
  const isOurs = config.architectures?.includes("LlavaQwenForCausalLM") ?? false;
  if (config.model_type === "llava_onevision" || isOurs) return;
  throw new ConfigError(
    `Expected "models.judge" to be a LLaVA-OneVision model where a round tunes it, got ${config.model_type ?? "another kind"} in ` +
      `${folder}. Name such a judge, or set "judge.tune" to null.`,
  );
}

class TorchHouse {
  readonly #models: TorchModelsConfig;
  readonly #options: ServingOptions;
  readonly #places: ModelPlaces;
  #worker: Promise<ServingWorker> | undefined;
  #detector: Promise<TorchDetector> | undefined;
  readonly #judges = new Map<string, ServingWorker>();
  readonly #rows = new Map<string, WordIds>();
  readonly #identities = new Map<string, Awaited<ReturnType<ServingWorker["identify"]>>>();

  constructor(models: TorchModelsConfig, { places = openModelPlaces(), ...options }: TorchFamilyOptions) {
    this.#models = models;
    this.#options = options;
    this.#places = places;
  }

  /** The worker that holds generator, image tokenizer and the first judge, each from when it is first used. */
  worker(): Promise<ServingWorker> {
    this.#worker ??= this.#startWorker();
    return this.#worker;
  }

  async openSampler(folder: string, { settings, slots, decoder }: SamplerOpening) {
    const worker = await this.worker();
    const textTokenizer = await this.#places.resolve(this.#models.textTokenizer);
    return torchSampler({ worker, generator: folder, textTokenizer, slots, settings, image: decoder.image });
  }

  async openJudge(folder: string): Promise<Judge> {
    const [first] = this.#judges.keys();
    const known = this.#judges.get(folder);
    const worker = known ?? (first === undefined ? await this.worker() : await this.#startWorker());
    this.#judges.set(folder, worker);
    const described = { ...(await this.#identified("judge", folder)), batch: this.#models.judgeBatch };
    return new TorchJudge(worker, described, () => worker.hold({ judge: folder }));
  }

  async openEncoder(folder: string): Promise<Encoder> {
    const worker = await this.worker();
    return torchEncoder(worker, await this.#heldGenerator({ imageTokenizer: folder }));
  }

  /** What tuning the run's judge, or `start`, needs beside samples and settings. */
  async tuning(start: string | null | undefined): Promise<Partial<JudgeTrainRequest>> {
    const { judge, tokenizer, device } = this.#models;
    if (start === null && judge === null) {
      throw new ConfigError(
        'Expected "models.judge" to name the judge to tune, got null. Name one with --start.',
      );
    }
    return {
      start: start ?? (await this.#places.resolve(this.#named(judge as string, "judge"))),
      imageTokenizer: await this.#places.resolve(tokenizer),
      ...{ questions: this.#questions, device, averageDecay: 0 },
    };
  }

  /** What training a generator needs that reads its captions with another model. */
  async textEncoder(): Promise<{ readonly textEncoder?: string }> {
    const { family, textTokenizer } = this.#models;
    return family === "llamagen" ? { textEncoder: await this.#places.resolve(textTokenizer) } : {};
  }

  openDetector(): Promise<Detector> {
    this.#detector ??= this.#startDetector();
    return this.#detector;
  }

  async encodePrompt(text: string): Promise<WordIds> {
    const known = this.#rows.get(text);
    if (known !== undefined) return known;
    await this.#heldGenerator();
    const [ids = []] = await (await this.worker()).encodeText([text]);
    // Janus-Pro's vocabulary is larger than 65,536.
    const row = this.#models.family === "janus-pro" ? Uint32Array.from(ids) : Uint16Array.from(ids);
    this.#rows.set(text, row);
    return row;
  }

  /** Released models are known by the hashes of their weights; folders of our own are left to others. */
  async outside(asked: string, kind: Parameters<FindOutside>[1]): ReturnType<FindOutside> {
    const { family } = this.#models;
    return findReleased(this.#named(asked, kind), kind, {
      ...{ family, places: this.#places },
      identify: async (folder) => (await this.#identified(kind, folder)).identity,
    });
  }

  /** The model that is meant: the base where it judges itself. */
  #named(reference: string, kind: Parameters<FindOutside>[1]): string {
    const { family, base } = this.#models;
    return family === "janus-pro" && kind === "judge" && reference === SELF ? base : reference;
  }

  async missing(): Promise<readonly string[]> {
    const { base, tokenizer, textTokenizer, judge, detector } = this.#models;
    return missingOf(this.#places, [
      ...[base, tokenizer, textTokenizer, judge, detector.objects, detector.colors],
    ]);
  }

  async close(): Promise<void> {
    await closeAll([this.#detector, ...new Set(this.#judges.values()), this.#worker]);
  }

  /** Who a model is. Hashing billions of weights takes a while, and is done once. */
  async #identified(kind: IdentifyRequest["kind"], place: string) {
    const key = `${kind} ${place}`;
    const questions = this.#questions;
    const worker = await this.worker();
    const found =
      this.#identities.get(key) ??
      (await worker.identify({ kind, place, questions, judgeDtype: this.#models.judgeDtype }));
    this.#identities.set(key, found);
    return found;
  }

  get #questions(): string | null {
    const { questions } = this.#models;
    return questions === null ? null : resolve(questions);
  }

  async #startWorker(): Promise<ServingWorker> {
    const { family, judgeBatch, judgeDtype, device, dtype, compile, threads } = this.#models;
    const how: Partial<OpenRequest> = {
      ...{ family, questions: this.#questions, judgeBatch, judgeDtype, device, dtype, compile, threads },
    };
    const imageTokenizer = await this.#places.resolve(this.#models.tokenizer);
    return new ServingWorker({ ...how, imageTokenizer }, this.#options);
  }

  async #startDetector(): Promise<TorchDetector> {
    const { detector, device, threads } = this.#models;
    const objects = await this.#places.resolve(detector.objects);
    const colors = await this.#places.resolve(detector.colors);
    return TorchDetector.open({ ...this.#options, objects, colors, device, threads });
  }

  /** What the worker holds, with a generator: the run's base where none was opened yet. */
  async #heldGenerator(models: Partial<OpenRequest> = {}) {
    const worker = await this.worker();
    const opened = await worker.hold(models);
    if (opened.generator !== null) return opened;
    const generator = await this.#places.resolve(this.#models.base);
    const textTokenizer = await this.#places.resolve(this.#models.textTokenizer);
    return worker.hold({ generator, textTokenizer });
  }
}
