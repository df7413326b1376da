import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { CheckpointKind } from "../../adapters/checkpoint-record.js";
import {
  DrawingWorker,
  estimateTraining,
  type IdentifyRequest,
  type OpenDrawerRequest,
  runTraining,
} from "../../adapters/python/index.js";
import { type DrawnModelsConfig, OWN_AUTOENCODER, SCHEDULERS } from "../../config/schema/models.js";
import { CheckpointError, ConfigError } from "../../errors.js";
import { closeAll } from "../../records/closing.js";
import { Cuts } from "../../records/cut.js";
import type { Detector, ImageDecoder, Judge, Sampler } from "../../records/seams.js";
import type { Family, SamplerOpening } from "../family.js";
import { findReleased } from "../find-released.js";
import { isHubName, missingOf, openModelPlaces } from "../model-places.js";
import { photographPrompt, readPhotographPrompts } from "../photograph-prompts.js";
import { TorchDetector } from "../torch-detector.js";
import type { TorchFamilyOptions } from "../torch-family.js";
import { pictureKeeper } from "./kept-picture.js";
import { generatorAt, identityOf, isOwnCode, ownGenerator } from "./own-generator.js";
import { PictureJudge } from "./picture-judge.js";
import { DrawnSampler } from "./sampler.js";

/** A generator whose images are pictures, and a judge of them, in a worker process that starts when the first is needed. */
export function openDrawnFamily(models: DrawnModelsConfig, options: TorchFamilyOptions = {}): Family {
  const cuts = new Cuts();
  const house = new DrawnHouse(models, { ...options, onCut: (some) => cuts.add(some) });
  return {
    cuts,
    readPrompts: readPhotographPrompts,
    promptOf: photographPrompt,
    // Texts are read where the pictures are drawn.
    encodePrompt: () => new Uint16Array(),
    openDecoder: async (folder) => house.openDecoder(folder),
    openEncoder: async () => {
      throw new ConfigError("The images of this family are pictures: expected no image to be encoded.");
    },
    openSampler: (folder, opening) => house.openSampler(folder, opening),
    openJudge: (folder) => house.openJudge(folder),
    openDetector: () => house.openDetector(),
    learnsFrom: "pictures",
    train: models.family === "python" ? refuseTraining : runTraining,
    estimate: models.family === "python" ? refuseTraining : estimateTraining,
    trainJudge: async () => {
      throw new ConfigError(
        "Judges that are trained here read token grids: expected none to be trained on pictures.",
      );
    },
    outside: (reference, kind) => house.outside(reference, kind),
    missing: () => house.missing(),
    close: () => house.close(),
  };
}

/** What a generator of a person's own learns by, only they know. */
async function refuseTraining(): Promise<never> {
  throw new ConfigError(
    'Expected "training.command" to name a program that trains your own generator (docs/own-trainers.md), got null.',
  );
}

/** A pipeline is a repository of many folders, which is fetched by its owner's own tool. */
function notFetched(name: string): ConfigError {
  return new ConfigError(
    `Expected the folder of a pipeline of diffusers, got ${name}: fetch it once, safetensors only, and name the folder: ` +
      `hf download ${name} --local-dir FOLDER --include "*.json" "*.txt" "*.model" "*/*.safetensors"`,
  );
}

/** Only what is looked at needs one. */
const NO_DETECTOR: Detector = {
  identity: "none",
  detect: async () => {
    throw new ConfigError(
      'Expected "models.detector" to name what finds objects in pictures, got null: {} takes Mask2Former and CLIP. Or label by a judge.',
    );
  },
};

class DrawnHouse {
  readonly #models: DrawnModelsConfig;
  readonly #places: ReturnType<typeof openModelPlaces>;
  readonly #worker: DrawingWorker;
  readonly #identities = new Map<string, ReturnType<DrawingWorker["identify"]>>();
  readonly #options: TorchFamilyOptions;
  #detector: Promise<TorchDetector> | undefined;

  constructor(models: DrawnModelsConfig, { places = openModelPlaces(), ...options }: TorchFamilyOptions) {
    this.#models = models;
    this.#places = places;
    this.#options = options;
    this.#worker = new DrawingWorker(options);
  }

  /** What decodes is never asked: a picture is there. */
  async openDecoder(folder: string): Promise<ImageDecoder> {
    const { identity } =
      this.#models.family === "python"
        ? { identity: identityOf(generatorAt(folder, this.#models).generator, "tokenizer") }
        : await this.#identified("tokenizer", folder);
    const refuse = () => {
      throw new CheckpointError("The images of this family are pictures: expected no tokens to be decoded.");
    };
    return { identity, decode: async () => refuse(), image: refuse, close: async () => undefined };
  }

  async openSampler(folder: string, { settings, slots, root }: SamplerOpening): Promise<Sampler> {
    const { family, device, dtype, threads } = this.#models;
    const { steps, guidanceScale, width = null, height = null } = settings;
    const scheduler = SCHEDULERS.find((name) => name === settings.scheduler) ?? "pipeline";
    const generator: OpenDrawerRequest = {
      ...{ family, ...generatorAt(folder, this.#models), device, dtype, threads },
      previewDecoder: this.#previewDecoder && (await this.#places.resolve(this.#previewDecoder)),
      ...{ steps, guidanceScale, scheduler, width, height },
    };
    return DrawnSampler.open({ worker: this.#worker, generator, settings, slots, keep: pictureKeeper(root) });
  }

  async openJudge(folder: string): Promise<Judge> {
    const { judgeBatch, judgeDtype, device, dtype, threads } = this.#models;
    const { identity, questions } = await this.#identified("judge", folder);
    const judge = {
      judge: folder,
      questions: this.#questions,
      judgeBatch,
      judgeDtype,
      device,
      dtype,
      threads,
    };
    return new PictureJudge({ worker: this.#worker, judge, identity, questions, batch: judgeBatch });
  }

  openDetector(): Detector | Promise<Detector> {
    if (this.#models.detector === null) return NO_DETECTOR;
    this.#detector ??= this.#startDetector();
    return this.#detector;
  }

  /** Released models are known by the hashes of their weights; folders of our own are left to others. */
  outside(asked: string, kind: CheckpointKind) {
    const { family, base } = this.#models;
    if (this.#models.family === "python" && kind !== "judge")
      return isOwnCode(asked, this.#models) ? ownGenerator(this.#models, kind) : Promise.resolve(undefined);
    const reference = kind === "tokenizer" && asked === OWN_AUTOENCODER ? base : asked;
    if (kind !== "judge" && !existsSync(reference) && isHubName(reference)) throw notFetched(reference);
    return findReleased(reference, kind, {
      ...{ family, places: this.#places },
      identify: async (folder) => (await this.#identified(kind as IdentifyRequest["kind"], folder)).identity,
    });
  }

  async missing(): Promise<readonly string[]> {
    const { base, judge, detector } = this.#models;
    return missingOf(this.#places, [base, this.#previewDecoder, judge, detector?.objects, detector?.colors]);
  }

  async close(): Promise<void> {
    await closeAll([this.#detector, this.#worker]);
  }

  /** Who a model is. Hashing billions of weights takes a while, and is done once. */
  #identified(kind: IdentifyRequest["kind"], place: string) {
    const key = `${kind} ${place}`;
    const { judgeDtype } = this.#models;
    const found =
      this.#identities.get(key) ??
      this.#worker.identify({ kind, place, questions: this.#questions, judgeDtype });
    this.#identities.set(key, found);
    return found;
  }

  get #previewDecoder(): string | null {
    return "previewDecoder" in this.#models ? this.#models.previewDecoder : null;
  }

  get #questions(): string | null {
    const { questions } = this.#models;
    return questions === null ? null : resolve(questions);
  }

  async #startDetector(): Promise<TorchDetector> {
    const { detector, device, threads } = this.#models;
    if (detector === null) throw new Error("No detector is named.");
    const objects = await this.#places.resolve(detector.objects);
    const colors = await this.#places.resolve(detector.colors);
    const { places: _, ...serving } = this.#options;
    return TorchDetector.open({ ...serving, objects, colors, device, threads });
  }
}
