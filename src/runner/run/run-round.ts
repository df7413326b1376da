import type { StageRow } from "../../adapters/store/index.js";
import type { RoundConfig } from "../../config/round-schema.js";
import type { Judge } from "../../records/seams.js";
import { sampleCandidates } from "../../stages/candidates/sample-candidates.js";
import type { KnownCheckpoint } from "../../stages/known-checkpoint.js";
import { writePairSet } from "../../stages/pairs/write-pairs.js";
import { storePrompts } from "../../stages/prompts/store-prompts.js";
import type { StagePlace } from "../../stages/running/stage-place.js";
import { scoreCandidates } from "../../stages/scores/score-candidates.js";
import { trainRound } from "../../stages/training/train-round.js";
import { judgedBy, type Room } from "../models/open-models.js";
import { openRound, type RoundStart } from "./round-manifest.js";
import type { Journey } from "./run-context.js";
import { sampleVerifiers } from "./sample-verifiers.js";
import { drawnAs } from "./table-rows.js";
import { trainedIn } from "./trained-checkpoint.js";
import { trainingHelp } from "./training-checkpoints.js";
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
  journey: Journey,
  number: number,
  from: KnownCheckpoint,
  earlier: Earlier,
): Promise<TrainedRound> {
  const { config, prompts } = journey;
  let { room } = journey;
  const round = config.rounds[number - 1] as RoundConfig;
  const chosen = prompts.rounds[number - 1] ?? [];
  const place = journey.place(number);
  const reference = await referenceOf(journey, round, from);
  const start = { from, reference };
  openRound(journey, number, start);
  const promptStage = await storePrompts(place, {
    name: "prompts",
    prompts: chosen,
    origin: prompts.hashes.train,
  });
  const candidates = await sampleCandidates(place, {
    prompts: chosen,
    images: round.candidates,
    forks: round.forks,
    source: room.source(from),
    files: room.files,
    seed: config.seed,
    purpose: `round ${drawnAs(round, number)}`,
    shardImages: config.shardImages,
  });
  const tuned = await tunedIn(journey, number, { from, candidates, earlier });
  const own = judgeAfter(earlier.judge, tuned?.tuning);
  if (own !== null) room = judgedBy(room, own);
  const judge = await labelJudge(room, round);
  const { files, image } = room;
  const { failedVerdicts } = config;
  const scores = await scoreCandidates(place, { candidates, judge, files, image, failedVerdicts });
  const pairs = await minePairSet(journey, place, { round, candidates, judge, earlier: earlier.pairs });
  const training = await trainRound(place, {
    settings: round.training,
    pairs: round.accumulatePairs ? [...earlier.pairs, pairs] : [pairs],
    policy: from,
    reference: reference.checkpoint,
    referencePolicy: round.training.referenceSync ? `${reference.policy}, synced` : reference.policy,
    ...(await trainingHelp(room, round.training, from)),
    verifiers: await sampleVerifiers(room, round),
    seed: config.seed,
    train: journey.train,
  });
  const checkpoint = trainedIn(journey, training, "generator");
  const stages = [promptStage, candidates, ...(tuned?.stages ?? []), scores, pairs, training];
  return { number, checkpoint, start, stages, pairs, judge: own, tuned };
}

async function tunedIn(
  journey: Journey,
  number: number,
  about: { readonly from: KnownCheckpoint; readonly candidates: StageRow; readonly earlier: Earlier },
): Promise<TunedRound | undefined> {
  const { from, candidates, earlier } = about;
  const { tune } = (journey.config.rounds[number - 1] as RoundConfig).judge;
  if (tune === null || earlier.judge === null) return undefined;
  return tuneJudge(journey, {
    ...{ number, tune, from, candidates, judge: earlier.judge },
    earlierSamples: earlier.judgeSamples,
    earlierPairs: earlier.pairs,
  });
}

function judgeAfter(before: KnownCheckpoint | null, tuning: JudgeTuning | undefined): KnownCheckpoint | null {
  return tuning?.kept ? tuning.tuned : before;
}

async function referenceOf({ room }: Journey, { reference }: RoundConfig, from: KnownCheckpoint) {
  if (reference === "base") return { policy: "base", checkpoint: room.base };
  if (reference === "previous") return { policy: "previous", checkpoint: from };
  const checkpoint = await room.find(reference.fixed, "generator");
  return { policy: `fixed:${checkpoint.identity}`, checkpoint };
}

async function labelJudge(room: Room, { labels }: RoundConfig): Promise<Judge> {
  return labels.by === "detector" ? room.detectorJudge() : room.judge();
}

async function minePairSet(
  { config, room }: Journey,
  place: StagePlace,
  {
    round,
    candidates,
    judge,
    earlier,
  }: { round: RoundConfig; candidates: StageRow; judge: Judge; earlier: readonly StageRow[] },
): Promise<StageRow> {
  const { labels, mining, pairsPerTask, earlierPairs } = round;
  return writePairSet(place, {
    candidates,
    judge: judge.identity,
    rules: { labels, mining, pairsPerTask, earlierPairs, seed: config.seed },
    earlier,
    files: room.files,
    decoder: await room.decoder(),
    encodePrompt: room.family.encodePrompt,
  });
}
