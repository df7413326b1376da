import { type CandidateFiles, candidateFiles } from "../../adapters/arrow/index.js";
import type { CheckpointKind } from "../../adapters/checkpoint-record.js";
import type { Store } from "../../adapters/store/index.js";
import type { RunConfig } from "../../config/freeze-config.js";
import { ConfigError } from "../../errors.js";
import type { Family } from "../../families/family.js";
import type { SamplerSettings } from "../../records/candidate.js";
import { closeAll } from "../../records/closing.js";
import type { ImageHandle } from "../../records/image.js";
import type { Detector, ImageDecoder, Judge, Sampler } from "../../records/seams.js";
import { detectorJudge } from "../../search/judges/detector-judge.js";
import { rememberingJudge } from "../../search/judges/remembering-judge.js";
import { type CheckpointPlaces, findCheckpoint } from "../../stages/checkpoints/find-checkpoint.js";
import type { KnownCheckpoint } from "../../stages/known-checkpoint.js";
import { searchSource } from "../../stages/sampling/search-source.js";
import type { CandidateSource } from "../../stages/sampling/wanted-candidates.js";
import { ModelReferences } from "./model-references.js";

/** The checkpoints that a run's settings name. */
export interface RunModels {
  readonly base: KnownCheckpoint;
  readonly tokenizer: KnownCheckpoint;
  /** Null for a run without a judge. */
  readonly judgeCheckpoint: KnownCheckpoint | null;
}

/** Finds and checks them. Throws CheckpointError when one is missing or damaged. */
export async function findModels(
  config: Pick<RunConfig, "models">,
  places: CheckpointPlaces,
): Promise<RunModels> {
  const { base, tokenizer, judge } = config.models;
  return {
    base: await findCheckpoint(base, "generator", places),
    tokenizer: await findCheckpoint(tokenizer, "tokenizer", places),
    judgeCheckpoint: judge === null ? null : await findCheckpoint(judge, "judge", places),
  };
}

/** The models of a run, found at once and opened when first used. */
export interface Room extends RunModels {
  readonly detector: Detector;
  readonly settings: SamplerSettings;
  readonly files: CandidateFiles;
  readonly family: Family;
  /** Where the models that stages have used come from. */
  readonly references: ModelReferences;
  find(reference: string, kind: CheckpointKind): Promise<KnownCheckpoint>;
  decoder(): Promise<ImageDecoder>;
  /** An image from its token grid; the decoder is opened with the first pixels. */
  readonly image: (tokens: Uint16Array) => ImageHandle;
  /** Throws ConfigError when the run has none. */
  judge(): Promise<Judge>;
  /** Another judge by checkpoint name, id or folder. Throws CheckpointError. */
  judgeNamed(name: string): Promise<Judge>;
  /** Labels by detector and GenEval's rules. */
  detectorJudge(): Judge;
  source(checkpoint: KnownCheckpoint): CandidateSource;
  /** The caller closes it. */
  openSampler(checkpoint: KnownCheckpoint, settings: SamplerSettings): Promise<Sampler>;
  close(): Promise<void>;
}

export interface RoomParams {
  readonly store: Store;
  readonly config: Pick<RunConfig, "models" | "sampler">;
  readonly family: Family;
  /** Folder of the bundled models. */
  readonly models: string;
  readonly signal?: AbortSignal;
}

/** Finds the run's checkpoints; throws as `findModels`. */
export async function openRoom(params: RoomParams): Promise<Room> {
  const { store, config, family, models, signal } = params;
  const places = { store, models, outside: family.outside };
  const found = await findModels(config, places);
  const { tokenizer, judgeCheckpoint } = found;
  const { slots, ...sampler } = config.sampler;
  const settings: SamplerSettings = { ...sampler, schedule: "cosine" };
  const decoder = once(() => family.openDecoder(tokenizer.folder));
  const references = new ModelReferences();
  const openJudge = async (checkpoint: KnownCheckpoint) => {
    const opened = rememberingJudge(await family.openJudge(checkpoint.folder));
    const { identity, location } = checkpoint;
    references.keepJudge(opened.identity, { by: "checkpoint", checkpoint: { identity, location } });
    return opened;
  };
  const judge = once(async () => {
    if (judgeCheckpoint !== null) return openJudge(judgeCheckpoint);
    throw new ConfigError('Expected "models.judge" to name the judge that scores images here, got null.');
  });
  const named = new Map<string, Promise<Judge>>();
  const openNamed = async (name: string) => openJudge(await findCheckpoint(name, "judge", places));
  const detector = await family.openDetector();
  const sources = new Map<string, ReturnType<typeof searchSource>>();
  const openSampler = async ({ folder }: KnownCheckpoint, how: SamplerSettings) =>
    family.openSampler(folder, { decoder: await decoder.get(), settings: how, slots });
  return {
    ...found,
    detector,
    settings,
    files: candidateFiles(store.workspace.root, KEPT_SHARDS),
    family,
    references,
    find: (reference, kind) => findCheckpoint(reference, kind, places),
    decoder: decoder.get,
    image: (tokens) => lazyImage(tokens, decoder.get),
    judge: judge.get,
    judgeNamed: (name) => {
      const opened = named.get(name) ?? openNamed(name);
      named.set(name, opened);
      return opened;
    },
    detectorJudge: () => {
      const made = detectorJudge(detector);
      references.keepJudge(made.identity, { by: "detector" });
      return made;
    },
    source: (checkpoint) => {
      const { identity } = checkpoint;
      references.keepCheckpoint(checkpoint);
      const params = {
        checkpoint: identity,
        settings,
        open: () => openSampler(checkpoint, settings),
        ...(signal ? { signal } : {}),
      };
      const source = sources.get(identity) ?? searchSource(params);
      sources.set(identity, source);
      return source;
    },
    openSampler,
    close: () => closeAll([...sources.values(), ...named.values(), judge.opened(), decoder.opened()]),
  };
}

/** The same room with another judge as the run's own. */
export function judgedBy(room: Room, judge: KnownCheckpoint): Room {
  if (judge.identity === room.judgeCheckpoint?.identity) return room;
  return { ...room, judgeCheckpoint: judge, judge: () => room.judgeNamed(judge.identity) };
}

/** Shards of candidates kept in memory: best-of-N reads back what plain sampling wrote. */
const KEPT_SHARDS = 16;

/** Opens something on the first call; later calls get the same. */
function once<Thing>(open: () => Promise<Thing>) {
  let opened: Promise<Thing> | undefined;
  return {
    get: () => {
      opened ??= open();
      return opened;
    },
    opened: () => opened,
  };
}

function lazyImage(tokens: Uint16Array, decoder: () => Promise<ImageDecoder>): ImageHandle {
  let handle: Promise<ImageHandle> | undefined;
  return {
    tokens,
    pixels: async () => {
      handle ??= decoder().then((opened) => opened.image(tokens));
      return (await handle).pixels();
    },
  };
}
