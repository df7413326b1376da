import { type CandidateFiles, candidateFiles } from "../../adapters/arrow/index.js";
import type { CheckpointKind } from "../../adapters/checkpoint-record.js";
import type { Store } from "../../adapters/store/index.js";
import type { RunConfig } from "../../config/freeze-config.js";
import { scheduleOf } from "../../config/schema/models.js";
import { ConfigError } from "../../errors.js";
import type { Family } from "../../families/family.js";
import { judgeIdentity } from "../../judges/identity.js";
import { type PictureFiles, pictureFiles } from "../../pictures/picture-files.js";
import type { SamplerSettings } from "../../records/candidate.js";
import { closeAll } from "../../records/closing.js";
import type { GridImage } from "../../records/image.js";
import type { Progress } from "../../records/progress.js";
import type { Detector, ImageDecoder, Judge, Sampler } from "../../records/seams.js";
import { detectorJudge } from "../../search/judges/detector-judge.js";
import { encodingJudge } from "../../search/judges/encoding-judge.js";
import { type CheckpointPlaces, findCheckpoint } from "../../stages/checkpoints/find-checkpoint.js";
import type { KnownCheckpoint } from "../../stages/known-checkpoint.js";
import type { CandidateSource } from "../../stages/sampling/wanted-candidates.js";
import { type DeclaredJudges, declaredJudges } from "./declared-judges.js";
import { ModelCache, type Openable } from "./model-cache.js";
import { ModelReferences } from "./model-references.js";

/** The checkpoints that a run's settings name, and who judges. */
export interface RunCheckpoints {
  readonly base: KnownCheckpoint;
  readonly tokenizer: KnownCheckpoint;
  /** Null for a run without a judge, or with one of its own settings. */
  readonly judgeCheckpoint: KnownCheckpoint | null;
  /** Of the run's judge, whatever it is; null without one. */
  readonly judgeIdentity: string | null;
}

/** Finds and checks them. Throws CheckpointError when one is missing or damaged. */
export async function findRunCheckpoints(
  { models, judges }: Pick<RunConfig, "models" | "judges">,
  places: CheckpointPlaces,
): Promise<RunCheckpoints> {
  const { base, tokenizer, judge } = models;
  const declared = judges.find(({ name }) => name === judge);
  const isCheckpoint = judge !== null && declared === undefined;
  const judgeCheckpoint = isCheckpoint ? await findCheckpoint(judge, "judge", places) : null;
  return {
    base: await findCheckpoint(base, "generator", places),
    tokenizer: await findCheckpoint(tokenizer, "tokenizer", places),
    judgeCheckpoint,
    judgeIdentity: declared ? judgeIdentity(declared) : (judgeCheckpoint?.identity ?? null),
  };
}

/** The models of a run, found at once and opened when first used. */
export interface RunModels extends RunCheckpoints {
  readonly detector: Detector;
  readonly settings: SamplerSettings;
  readonly files: CandidateFiles;
  readonly family: Family;
  /** Where the models that stages have used come from. */
  readonly references: ModelReferences;
  find(reference: string, kind: CheckpointKind): Promise<KnownCheckpoint>;
  decoder(): Promise<ImageDecoder>;
  /** An image from its token grid; the decoder is opened with the first pixels. */
  readonly image: (tokens: Uint16Array) => GridImage;
  readonly pictures: PictureFiles;
  /** Throws ConfigError when the run has none. */
  judge(): Promise<Judge>;
  /** Another judge: one that the run's settings have by this name, or a checkpoint by name, id or folder. Throws CheckpointError. */
  judgeNamed(name: string): Promise<Judge>;
  /** Labels by detector and GenEval's rules. */
  detectorJudge(): Judge;
  source(checkpoint: KnownCheckpoint): CandidateSource;
  /** The caller closes it. */
  openSampler(checkpoint: KnownCheckpoint, settings: SamplerSettings): Promise<Sampler>;
  close(): Promise<void>;
}

export interface RunModelsParams {
  readonly store: Store;
  readonly config: Pick<RunConfig, "models" | "judges" | "sampler">;
  readonly family: Family;
  readonly progress?: Progress;
  /** Folder of the bundled models. */
  readonly bundledModels: string;
  readonly signal?: AbortSignal;
}

/** Finds the run's checkpoints; throws as `findRunCheckpoints`. */
export async function openRunModels(params: RunModelsParams): Promise<RunModels> {
  const { store, config, family, bundledModels, signal } = params;
  const places = { store, models: bundledModels, outside: family.outside };
  const found = await findRunCheckpoints(config, places);
  const { slots, ...sampler } = config.sampler;
  const settings = settingsOf(sampler, scheduleOf(config.models));
  const declared = declaredJudges(params);
  const { root } = store.workspace;
  const cache = new ModelCache(family, store.readOnly ? null : root, signal);
  const references = new ModelReferences();
  const tokenizer = openable(found.tokenizer);
  const decoder = () => cache.decoder(tokenizer);
  const detector = await cache.detector();
  return {
    ...found,
    ...judgesOf(cache, {
      references,
      own: config.models.judge,
      places,
      tokenizer,
      declared,
    }),
    detector,
    settings,
    files: candidateFiles(root, KEPT_SHARDS),
    family,
    references,
    find: (reference, kind) => findCheckpoint(reference, kind, places),
    decoder,
    image: (tokens) => lazyImage(tokens, decoder),
    pictures: pictureFiles(root),
    detectorJudge: () => {
      const made = detectorJudge(detector);
      references.keepJudge(made.identity, { by: "detector" });
      return made;
    },
    source: (checkpoint) => {
      references.keepCheckpoint(checkpoint);
      return cache.source(openable(checkpoint), { settings, slots, tokenizer });
    },
    openSampler: (checkpoint, how) =>
      cache.openSampler(openable(checkpoint), { settings: how, slots, tokenizer }),
    close: () => closeAll([cache, declared]),
  };
}

/** Of a run's settings those that decide what is drawn; masked tokens have no filters. */
function settingsOf(
  { topK, topP, preview, scheduler, width, height, ...sampler }: Omit<RunConfig["sampler"], "slots">,
  schedule: SamplerSettings["schedule"],
): SamplerSettings {
  if (schedule === "cosine") return { ...sampler, schedule };
  if (schedule === "denoising") {
    const size = { width: width ?? null, height: height ?? null };
    return { ...sampler, schedule, scheduler: scheduler ?? "pipeline", ...size };
  }
  return { ...sampler, schedule, topK: topK ?? null, topP: topP ?? 1, preview: preview ?? "drawn" };
}

/** The run's own judge and those that are named, each with where it comes from. */
function judgesOf(
  cache: ModelCache,
  about: {
    readonly references: ModelReferences;
    readonly own: string | null;
    readonly places: CheckpointPlaces;
    readonly declared: DeclaredJudges;
    readonly tokenizer: Openable;
  },
): Pick<RunModels, "judge" | "judgeNamed"> {
  const { references, own, places, declared, tokenizer } = about;
  const named = new Map<string, Promise<KnownCheckpoint>>();
  const open = async (checkpoint: KnownCheckpoint) => {
    const reader = await cache.judge(openable(checkpoint));
    const opened = reader.readsTokens ? encodingJudge(reader, () => cache.encoder(tokenizer)) : reader;
    const { identity, location } = checkpoint;
    references.keepJudge(opened.identity, { by: "checkpoint", checkpoint: { identity, location } });
    return opened;
  };
  const judgeNamed = async (name: string) => {
    const own = await declared(name);
    if (own !== undefined) references.keepJudge(own.identity, { by: "settings" });
    if (own !== undefined) return own;
    const found = named.get(name) ?? findCheckpoint(name, "judge", places);
    named.set(name, found);
    return open(await found);
  };
  return {
    judge: async () => {
      if (own !== null) return judgeNamed(own);
      throw new ConfigError('Expected "models.judge" to name the judge that scores images here, got null.');
    },
    judgeNamed,
  };
}

function openable({ identity, folder }: KnownCheckpoint): Openable {
  return { identity, folder: () => folder };
}

/** The same models with another judge as the run's own. */
export function judgedBy(models: RunModels, judge: KnownCheckpoint): RunModels {
  if (judge.identity === models.judgeCheckpoint?.identity) return models;
  const { identity } = judge;
  return {
    ...models,
    judgeCheckpoint: judge,
    judgeIdentity: identity,
    judge: () => models.judgeNamed(identity),
  };
}

/** Shards of candidates kept in memory: best-of-N reads back what plain sampling wrote. */
const KEPT_SHARDS = 16;

function lazyImage(tokens: Uint16Array, decoder: () => Promise<ImageDecoder>): GridImage {
  let handle: Promise<GridImage> | undefined;
  return {
    tokens,
    pixels: async () => {
      handle ??= decoder().then((opened) => opened.image(tokens));
      return (await handle).pixels();
    },
  };
}
