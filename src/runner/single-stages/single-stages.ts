import type { EventOf } from "../../adapters/python/index.js";
import type { StageRow } from "../../adapters/store/index.js";
import type { ForksConfig } from "../../config/forks-schema.js";
import type { ImagesConfig } from "../../config/images-schema.js";
import type { RoundConfig } from "../../config/round-schema.js";
import type { VerifierConfig } from "../../config/verifier-schema.js";
import { ConfigError } from "../../errors.js";
import type { Judge } from "../../records/seams.js";
import { verifierLabel, verifierSlug } from "../../search/verifiers.js";
import { sampleCandidates } from "../../stages/candidates/sample-candidates.js";
import { evaluateCheckpoint } from "../../stages/evaluation/evaluate-checkpoint.js";
import { evaluationImages } from "../../stages/evaluation/images.js";
import { findLeaks, refuseLeaks } from "../../stages/evaluation/leaks.js";
import { writePairSet } from "../../stages/pairs/write-pairs.js";
import { scoreCandidates } from "../../stages/scores/score-candidates.js";
import { estimateRound, trainRound } from "../../stages/training/train-round.js";
import { findStage } from "../find-stage.js";
import type { Room } from "../models/open-models.js";
import { judgeOf } from "../models/verifier-judge.js";
import { trainedOn } from "../run/evaluate-row.js";
import { verifiersByHand } from "../run/sample-verifiers.js";
import { trainedPrompts } from "../run/trained-prompts.js";
import { trainingHelp } from "../run/training-checkpoints.js";
import { promptsOf, withPrompts } from "./stage-prompts.js";
import { atWorkbench, type Workbench, type WorkbenchOptions } from "./stage-session.js";

/** Samples candidates from `config.models.base` for the prompts of a file. */
export function generate(
  params: {
    readonly file: string;
    readonly limit: number | null;
    readonly images: ImagesConfig;
    readonly forks?: ForksConfig;
  },
  options: WorkbenchOptions,
): Promise<StageRow> {
  return atWorkbench(options, async (bench) => {
    const { room, place, config } = bench;
    const prompts = await promptsOf(bench, params.file, params.limit);
    return sampleCandidates(withPrompts(place, { name: "prompts", prompts, origin: params.file }), {
      prompts,
      images: params.images,
      forks: params.forks ?? null,
      source: room.source(room.base),
      files: room.files,
      seed: config.seed,
      purpose: "by hand",
      shardImages: config.shardImages,
    });
  });
}

/** Asks `config.models.judge`, or the detector, for the outcome of every candidate of a stage. */
export function score(
  params: { readonly candidates: string; readonly by: "judge" | "detector" },
  options: WorkbenchOptions,
): Promise<StageRow> {
  return atWorkbench(options, async ({ store, room, place, config }) => {
    const candidates = findStage(store, params.candidates, "candidates");
    const judge = await labelJudge(room, params.by);
    const { files, image } = room;
    return scoreCandidates(place, { candidates, judge, files, image, failedVerdicts: config.failedVerdicts });
  });
}

/** Mines pairs from the scored candidates of a stage. */
export function pair(
  params: { readonly candidates: string; readonly earlier: readonly string[] } & Pick<
    RoundConfig,
    "labels" | "mining" | "pairsPerTask" | "earlierPairs"
  >,
  options: WorkbenchOptions,
): Promise<StageRow> {
  return atWorkbench(options, async ({ store, room, place, config, family }) => {
    const { labels, mining, pairsPerTask, earlierPairs } = params;
    const judge = await labelJudge(room, labels.by);
    return writePairSet(place, {
      candidates: findStage(store, params.candidates, "candidates"),
      judge: judge.identity,
      rules: { labels, mining, pairsPerTask, earlierPairs, seed: config.seed },
      earlier: params.earlier.map((id) => findStage(store, id, "pairs")),
      files: room.files,
      decoder: await room.decoder(),
      encodePrompt: family.encodePrompt,
    });
  });
}

/** What a training by hand is given. */
export interface TrainParams extends Pick<RoundConfig, "training"> {
  /** Pairs stages. */
  readonly pairs: readonly string[];
  /** Another frozen model than the base itself; null for none. */
  readonly reference: string | null;
}

/** Memory in MB and time in seconds. */
export type TrainingCost = Omit<EventOf<"estimate-end">, "event">;

/** Trains `config.models.base` on pair sets. */
export function train(params: TrainParams, options: WorkbenchOptions): Promise<StageRow> {
  return atWorkbench(options, async (bench) =>
    trainRound(bench.place, {
      ...(await trainingOf(bench, params)),
      verifiers: await watchersOf(bench, params),
      train: bench.family.train,
    }),
  );
}

/** What `train` of the same params would need. */
export async function estimateTrain(params: TrainParams, options: WorkbenchOptions): Promise<TrainingCost> {
  return atWorkbench(options, async (bench) => {
    const asked = { ...(await trainingOf(bench, params)), estimate: bench.family.estimate };
    const { event: _, ...cost } = await estimateRound(bench.place, asked);
    return cost;
  });
}

/** Judge the sample images of a training by hand, where it draws some. */
function watchersOf({ store, room, place }: Workbench, { pairs, training }: TrainParams) {
  const sets = pairs.map((id) => findStage(store, id, "pairs"));
  return verifiersByHand(room, sets, { training, progress: place.progress });
}

async function trainingOf({ store, room, config }: Workbench, params: TrainParams) {
  const reference = params.reference === null ? room.base : await room.find(params.reference, "generator");
  return {
    settings: params.training,
    pairs: params.pairs.map((id) => findStage(store, id, "pairs")),
    policy: room.base,
    reference,
    referencePolicy: params.reference === null ? "previous" : `fixed:${reference.identity}`,
    ...(await trainingHelp(room, params.training, room.base)),
    seed: config.seed,
  };
}

/** Scores `config.models.base` with GenEval's rules on the prompts of a file. */
export function evaluate(
  params: {
    readonly file: string;
    readonly limit: number | null;
    readonly images: ImagesConfig;
    readonly verifier: VerifierConfig;
    /** How tables name it; null takes the checkpoint's name. */
    readonly label: string | null;
  },
  options: WorkbenchOptions,
): Promise<StageRow> {
  return atWorkbench(options, async (bench) => {
    const { room, place, config } = bench;
    const { verifier } = params;
    const prompts = await promptsOf(bench, params.file, params.limit);
    const { leaks: rules } = config.evaluation;
    const leaks = findLeaks(trainedPrompts(bench.store, room.base.identity), prompts, rules);
    refuseLeaks(leaks, rules, "give --allow-leaks");
    const how = verifierLabel(verifier);
    const { detector, files, image } = room;
    return evaluateCheckpoint(withPrompts(place, { name: "prompts", prompts, origin: params.file }), {
      name: `evaluation-${verifierSlug(verifier)}`,
      label: params.label ?? (how === "" ? room.base.name : `${room.base.name} + ${how}`),
      images: evaluationImages(prompts, params.images, config.seed),
      leaks,
      ...trainedOn(bench, room.base),
      verifier,
      source: room.source(room.base),
      judge: await judgeOf(room, verifier),
      ...{ detector, files, image },
      seed: config.seed,
      purpose: "evaluation",
      shardImages: config.shardImages,
    });
  });
}

async function labelJudge(room: Room, by: "judge" | "detector"): Promise<Judge> {
  const judge = by === "detector" ? room.detectorJudge() : await room.judge();
  if (judge !== null) return judge;
  throw new ConfigError(
    'Expected "models.judge" to name the judge that is asked, got null. Name one with --judge.',
  );
}
