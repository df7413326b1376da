import type { StageRow } from "../../adapters/store/index.js";
import type { FormatName } from "../../config/formats.js";
import type { RunConfig } from "../../config/freeze-config.js";
import type { RoundConfig } from "../../config/schema/round.js";
import type { TrainingConfig } from "../../config/schema/training.js";
import type { Judge } from "../../records/seams.js";
import { sampleCandidates } from "../../stages/candidates/sample-candidates.js";
import type { CandidatesParams } from "../../stages/candidates/wanted-shards.js";
import { evaluateCheckpoint } from "../../stages/evaluation/evaluate-checkpoint.js";
import type { EvaluationParams } from "../../stages/evaluation/evaluation-order.js";
import { exportPairs } from "../../stages/exchange/export-pairs.js";
import type { KnownCheckpoint } from "../../stages/known-checkpoint.js";
import { writePairSet } from "../../stages/pairs/write-pairs.js";
import type { StagePlace } from "../../stages/running/stage-place.js";
import { scoreCandidates } from "../../stages/scores/score-candidates.js";
import { refuseStrangeImages } from "../../stages/training/refuse-strange-images.js";
import type { TrainingParams } from "../../stages/training/training-inputs.js";
import type { RunModels } from "../models/open-models.js";
import { trainedImages, trainedPrompts } from "./trained-prompts.js";
import { trainingCheckpoints } from "./training-checkpoints.js";

/** Where a stage runs, with which models and by which settings: in a run's round, or by hand. */
export interface StageContext {
  readonly place: StagePlace;
  readonly models: RunModels;
  readonly config: RunConfig;
}

/** Samples candidates of a checkpoint. */
export function sampleStage(
  { place, models, config }: StageContext,
  asked: Pick<CandidatesParams, "name" | "prompts" | "images" | "forks" | "purpose"> & {
    readonly checkpoint: KnownCheckpoint;
  },
): Promise<StageRow> {
  const { checkpoint, ...wanted } = asked;
  const { seed, shardImages } = config;
  const source = models.source(checkpoint);
  return sampleCandidates(place, { ...wanted, source, files: models.files, seed, shardImages });
}

/** Who labels candidates. Throws ConfigError where it is a judge and the run has none. */
export async function labelJudge({ models }: StageContext, by: "judge" | "detector"): Promise<Judge> {
  return by === "detector" ? models.detectorJudge() : models.judge();
}

/** Asks for the outcome of every candidate of a stage. */
export function scoreStage(
  { place, models, config }: StageContext,
  asked: { readonly name?: string; readonly candidates: StageRow; readonly judge: Judge },
): Promise<StageRow> {
  const { files, image } = models;
  const { failedVerdicts } = config;
  return scoreCandidates(placeFor(place, models, asked.judge), { ...asked, files, image, failedVerdicts });
}

/** Mines the pairs of scored candidates. */
export async function pairStage(
  { place, models, config }: StageContext,
  asked: {
    readonly candidates: StageRow;
    readonly judge: Judge;
    readonly rules: Pick<RoundConfig, "labels" | "mining" | "pairsPerTask" | "earlierPairs">;
    /** Pair sets of earlier rounds, oldest first. */
    readonly earlier: readonly StageRow[];
  },
): Promise<StageRow> {
  const { candidates, judge, earlier } = asked;
  const { labels, mining, pairsPerTask, earlierPairs } = asked.rules;
  return writePairSet(place, {
    candidates,
    judge: judge.identity,
    rules: { labels, mining, pairsPerTask, earlierPairs, seed: config.seed },
    earlier,
    files: models.files,
    // Pictures are decoded by nobody.
    decoder: { decode: async (grids) => (await models.decoder()).decode(grids) },
    encodePrompt: models.family.encodePrompt,
  });
}

/** What a training is given, but for who runs and who watches it. */
export async function trainingParams(
  { place, models, config }: StageContext,
  asked: Pick<TrainingParams, "pairs" | "policy" | "reference" | "referencePolicy"> & {
    readonly settings: TrainingConfig;
  },
): Promise<Omit<TrainingParams, "train" | "verifiers">> {
  const { store } = place;
  // Another's trainer knows by itself what it learns from.
  if (asked.settings.command === null)
    refuseStrangeImages(store, asked.pairs, models.family.learnsFrom ?? "grids");
  const others = await trainingCheckpoints(models, asked.settings, asked.policy);
  const toExport = (format: FormatName, out: string) =>
    exportPairs(store, { stages: asked.pairs, format, out });
  return { ...asked, ...others, seed: config.seed, exportPairs: toExport };
}

/** Measures a checkpoint with GenEval's rules. */
export function evaluateStage(
  { place, models, config }: StageContext,
  asked: Pick<EvaluationParams, "name" | "label" | "images" | "verifier" | "judge" | "purpose" | "leaks"> & {
    readonly checkpoint: KnownCheckpoint;
  },
): Promise<StageRow> {
  const { checkpoint, ...wanted } = asked;
  const { detector, files, image } = models;
  const { seed, shardImages } = config;
  const source = models.source(checkpoint);
  const own = wanted.purpose === "evaluation" ? trainedOn(place, checkpoint) : {};
  const here = placeFor(place, models, wanted.judge);
  return evaluateCheckpoint(here, { ...wanted, ...own, detector, files, image, source, seed, shardImages });
}

/** A stage that asks a judge of the run's settings is computed here: its limits and its budget are those of one process. */
export function placeFor(place: StagePlace, { references }: RunModels, judge: Judge | null): StagePlace {
  const { executor: _elsewhere, ...here } = place;
  return references.isAskedHere(judge?.identity) ? here : place;
}

/** Nothing for a base, which no pairs of this workspace trained. */
function trainedOn({ store }: StagePlace, { identity }: KnownCheckpoint) {
  const isTrained = !trainedPrompts(store, identity).next().done;
  return isTrained ? { trainedOn: () => trainedImages(store, identity) } : {};
}
