import { readPromptFile } from "../../adapters/prompt-file.js";
import type { EventOf } from "../../adapters/python/index.js";
import type { CheckpointRow, StageRow } from "../../adapters/store/index.js";
import type { ForksConfig } from "../../config/schema/forks.js";
import type { ImagesConfig } from "../../config/schema/images.js";
import type { RoundConfig } from "../../config/schema/round.js";
import type { VerifierConfig } from "../../config/schema/verifier.js";
import { promptId } from "../../records/prompt.js";
import { verifierLabel, verifierSlug } from "../../search/verifiers.js";
import { evaluatePictures } from "../../stages/evaluation/evaluate-pictures.js";
import { evaluationImages } from "../../stages/evaluation/images.js";
import { findLeaks, refuseLeaks } from "../../stages/evaluation/leaks.js";
import { estimateRound, trainRound } from "../../stages/training/train-round.js";
import { findStage } from "../find-stage.js";
import { locateFile } from "../locate-file.js";
import { settledVerifier } from "../models/settled-verifier.js";
import { verifierJudge } from "../models/verifier-judge.js";
import {
  evaluateStage,
  labelJudge,
  pairStage,
  sampleStage,
  scoreStage,
  trainingParams,
} from "../run/round-stages.js";
import { verifiersByHand } from "../run/sample-verifiers.js";
import { trainedPrompts } from "../run/trained-prompts.js";
import { promptsOf, withPrompts } from "./stage-prompts.js";
import { inStageSession, type StageSession, type StageSessionOptions } from "./stage-session.js";

/** Samples candidates from `config.models.base` for the prompts of a file. */
export function generate(
  params: {
    readonly file: string;
    readonly limit: number | null;
    readonly images: ImagesConfig;
    readonly forks?: ForksConfig;
  },
  options: StageSessionOptions,
): Promise<StageRow> {
  return inStageSession(options, async (session) => {
    const { file, limit, images, forks = null } = params;
    const prompts = await promptsOf(session, file, limit);
    const place = withPrompts(session.place, { name: "prompts", prompts, origin: file });
    const checkpoint = session.models.base;
    return sampleStage({ ...session, place }, { prompts, images, forks, checkpoint, purpose: "by hand" });
  });
}

/** Asks `config.models.judge`, or the detector, for the outcome of every candidate of a stage. */
export function score(
  params: { readonly candidates: string; readonly by: "judge" | "detector" },
  options: StageSessionOptions,
): Promise<StageRow> {
  return inStageSession(options, async (session) => {
    const candidates = findStage(session.store, params.candidates, "candidates");
    return scoreStage(session, { candidates, judge: await labelJudge(session, params.by) });
  });
}

/** Mines pairs from the scored candidates of a stage. */
export function pair(
  params: { readonly candidates: string; readonly earlier: readonly string[] } & Pick<
    RoundConfig,
    "labels" | "mining" | "pairsPerTask" | "earlierPairs"
  >,
  options: StageSessionOptions,
): Promise<StageRow> {
  return inStageSession(options, async (session) => {
    const { store } = session;
    const judge = await labelJudge(session, params.labels.by);
    const candidates = findStage(store, params.candidates, "candidates");
    const earlier = params.earlier.map((id) => findStage(store, id, "pairs"));
    return pairStage(session, { candidates, judge, rules: params, earlier });
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
export function train(params: TrainParams, options: StageSessionOptions): Promise<StageRow> {
  return inStageSession(options, async (session) =>
    trainRound(session.place, {
      ...(await trainingOf(session, params)),
      verifiers: await watchersOf(session, params),
      train: session.family.train,
    }),
  );
}

/** What `train` of the same params would need. */
export async function estimateTrain(
  params: TrainParams,
  options: StageSessionOptions,
): Promise<TrainingCost> {
  return inStageSession(options, async (session) => {
    const asked = { ...(await trainingOf(session, params)), estimate: session.family.estimate };
    const { event: _, ...cost } = await estimateRound(session.place, asked);
    return cost;
  });
}

/** Judge the sample images of a training by hand, where it draws some. */
function watchersOf({ store, models, place }: StageSession, { pairs, training }: TrainParams) {
  const sets = pairs.map((id) => findStage(store, id, "pairs"));
  return verifiersByHand(models, sets, { training, progress: place.progress });
}

async function trainingOf(session: StageSession, params: TrainParams) {
  const { store, models } = session;
  const named = params.reference === null ? null : await models.find(params.reference, "generator");
  return trainingParams(session, {
    settings: params.training,
    pairs: params.pairs.map((id) => findStage(store, id, "pairs")),
    policy: models.base,
    reference: named ?? models.base,
    referencePolicy: named === null ? "previous" : `fixed:${named.identity}`,
  });
}

/** Scores the pictures of a source from outside, by its name or id, that are in the workspace. */
export function evaluateSource(
  params: {
    readonly source: string;
    /** A file of the prompts to look at; null takes all. */
    readonly file: string | null;
    readonly by: "judge" | "detector";
    readonly label: string | null;
  },
  options: StageSessionOptions,
): Promise<StageRow> {
  const { config } = options;
  // The source is drawn by nobody here: a base of the family stands in its place.
  return inStageSession(options, async (session) => {
    const { store, place } = session;
    const source = store.checkpoints.find(params.source) as CheckpointRow;
    const prompts =
      params.file === null ? null : await promptIdsOf(locateFile(params.file, "prompts", session.home));
    const { failedVerdicts, shardImages } = config;
    return evaluatePictures(place, {
      ...{ source, failedVerdicts, shardImages },
      judge: await labelJudge(session, params.by),
      label: params.label ?? source.name,
      prompts,
    });
  });
}

/** Whatever their words: nothing here has to draw them. */
async function promptIdsOf(file: string): Promise<ReadonlySet<string>> {
  const { prompts } = await readPromptFile(file, (source) => {
    const text = typeof source === "string" ? source : source.prompt;
    return { id: promptId(text), text };
  });
  return new Set(prompts.map(({ id }) => id));
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
  options: StageSessionOptions,
): Promise<StageRow> {
  return inStageSession(options, async (session) => {
    const { models, config } = session;
    const { file } = params;
    const judge = await verifierJudge(models, params.verifier);
    const verifier = settledVerifier(params.verifier, judge, session.place);
    const prompts = await promptsOf(session, file, params.limit);
    const { leaks: rules } = config.evaluation;
    const leaks = findLeaks(trainedPrompts(session.store, models.base.identity), prompts, rules);
    refuseLeaks(leaks, rules, "give --allow-leaks");
    const how = verifierLabel(verifier);
    const place = withPrompts(session.place, { name: "prompts", prompts, origin: file });
    return evaluateStage(
      { ...session, place },
      {
        name: `evaluation-${verifierSlug(verifier)}`,
        label: params.label ?? (how === "" ? models.base.name : `${models.base.name} + ${how}`),
        images: evaluationImages(prompts, params.images, config.seed),
        leaks,
        verifier,
        judge,
        checkpoint: models.base,
        purpose: "evaluation",
      },
    );
  });
}
