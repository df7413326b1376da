import type { StageRow } from "../../adapters/store/index.js";
import type { RoundConfig } from "../../config/schema/round.js";
import type { KnownCheckpoint } from "../../stages/known-checkpoint.js";
import { storePrompts } from "../../stages/prompts/store-prompts.js";
import { trainRound } from "../../stages/training/train-round.js";
import { judgedBy } from "../models/open-models.js";
import { openRound, type RoundStart } from "./round-manifest.js";
import {
  labelJudge,
  pairStage,
  type StageContext,
  sampleStage,
  scoreStage,
  trainingParams,
} from "./round-stages.js";
import { type RunContext, roundContext } from "./run-context.js";
import { sampleVerifiers } from "./sample-verifiers.js";
import { drawnAs } from "./table-rows.js";
import { trainedCheckpoint } from "./trained-checkpoint.js";
import { type JudgeTuning, type TunedRound, tuneJudge } from "./tune-judge.js";

/** What a round made. */
export interface TrainedRound {
  readonly number: number;
  readonly checkpoint: KnownCheckpoint;
  readonly start: RoundStart;
  /** In the order they ran. */
  readonly stages: readonly StageRow[];
  readonly pairs: StageRow;
  /** The run's judge from this round on; null for a run without one. */
  readonly judge: KnownCheckpoint | null;
  /** What the round did with it; undefined where it left it. */
  readonly tuned: TunedRound | undefined;
}

/** What the rounds before have left, oldest first. */
export interface Earlier {
  readonly pairs: readonly StageRow[];
  /** Of the rounds that tuned the judge. */
  readonly judgeSamples: readonly StageRow[];
  /** The judge as the last of them left it. */
  readonly judge: KnownCheckpoint | null;
}

/**
 * Runs round `number` from the checkpoint `from`: prompts, candidates, a tuning of the judge where one is asked for,
 * scores, pairs, training. What is done is skipped.
 */
export async function runRound(
  run: RunContext,
  number: number,
  from: KnownCheckpoint,
  earlier: Earlier,
): Promise<TrainedRound> {
  const round = run.config.rounds[number - 1] as RoundConfig;
  const start = { from, reference: await referenceOf(run, round, from) };
  openRound(run, number, start);
  const { promptStage, candidates } = await sampleRound(run, number, from);
  const tuned = await tunedIn(run, number, { from, candidates, earlier });
  const own = judgeAfter(earlier.judge, tuned?.tuning);
  const models = own === null ? run.models : judgedBy(run.models, own);
  const context = roundContext({ ...run, models }, number);
  const judge = await labelJudge(context, round.labels.by);
  const scores = await scoreStage(context, { candidates, judge });
  const pairs = await pairStage(context, { candidates, judge, rules: round, earlier: earlier.pairs });
  const training = await trainOn(run, context, { round, start, pairs, earlier: earlier.pairs });
  const checkpoint = trainedCheckpoint(run, training, "generator");
  const stages = [promptStage, candidates, ...(tuned?.stages ?? []), scores, pairs, training];
  return { number, checkpoint, start, stages, pairs, judge: own, tuned };
}

async function sampleRound(run: RunContext, number: number, from: KnownCheckpoint) {
  const round = run.config.rounds[number - 1] as RoundConfig;
  const prompts = run.prompts.rounds[number - 1] ?? [];
  const context = roundContext(run, number);
  const origin = run.prompts.hashes.train;
  const promptStage = await storePrompts(context.place, { name: "prompts", prompts, origin });
  const candidates = await sampleStage(context, {
    prompts,
    images: round.candidates,
    forks: round.forks,
    checkpoint: from,
    purpose: `round ${drawnAs(round, number)}`,
  });
  return { promptStage, candidates };
}

async function trainOn(
  run: RunContext,
  context: StageContext,
  about: {
    readonly round: RoundConfig;
    readonly start: RoundStart;
    readonly pairs: StageRow;
    readonly earlier: readonly StageRow[];
  },
): Promise<StageRow> {
  const { round, start, pairs, earlier } = about;
  const { policy, checkpoint: reference } = start.reference;
  const params = await trainingParams(context, {
    settings: round.training,
    pairs: round.accumulatePairs ? [...earlier, pairs] : [pairs],
    policy: start.from,
    reference,
    referencePolicy: round.training.referenceSync ? `${policy}, synced` : policy,
  });
  const verifiers = await sampleVerifiers(context.models, round);
  return trainRound(context.place, { ...params, verifiers, train: run.train });
}

async function tunedIn(
  run: RunContext,
  number: number,
  about: { readonly from: KnownCheckpoint; readonly candidates: StageRow; readonly earlier: Earlier },
): Promise<TunedRound | undefined> {
  const { from, candidates, earlier } = about;
  const { tune } = (run.config.rounds[number - 1] as RoundConfig).judge;
  if (tune === null || earlier.judge === null) return undefined;
  return tuneJudge(run, {
    ...{ number, tune, from, candidates, judge: earlier.judge },
    earlierSamples: earlier.judgeSamples,
    earlierPairs: earlier.pairs,
  });
}

function judgeAfter(before: KnownCheckpoint | null, tuning: JudgeTuning | undefined): KnownCheckpoint | null {
  return tuning?.kept ? tuning.tuned : before;
}

async function referenceOf({ models }: RunContext, { reference }: RoundConfig, from: KnownCheckpoint) {
  if (reference === "base") return { policy: "base", checkpoint: models.base };
  if (reference === "previous") return { policy: "previous", checkpoint: from };
  const checkpoint = await models.find(reference.fixed, "generator");
  return { policy: `fixed:${checkpoint.identity}`, checkpoint };
}
