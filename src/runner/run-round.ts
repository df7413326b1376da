import type { StageRow } from "../adapters/store/index.js";
import type { RoundConfig } from "../config/round-schema.js";
import type { Judge } from "../records/seams.js";
import { sampleCandidates } from "../stages/candidates/sample-candidates.js";
import { folderOf } from "../stages/checkpoints/find-checkpoint.js";
import { registerCheckpoint } from "../stages/checkpoints/register-checkpoint.js";
import type { KnownCheckpoint } from "../stages/known-checkpoint.js";
import { writePairSet } from "../stages/pairs/write-pairs.js";
import { storePrompts } from "../stages/prompts/store-prompts.js";
import type { StagePlace } from "../stages/run-stage.js";
import { scoreCandidates } from "../stages/scores/score-candidates.js";
import { trainRound } from "../stages/training/train-round.js";
import type { Journey } from "./journey.js";
import { openRound, type RoundStart } from "./manifest.js";
import { drawnAs } from "./rows.js";
import { sampleVerifiers } from "./sample-verifiers.js";
import { trainingHelp } from "./training-help.js";

/** What a round made. */
export interface TrainedRound {
  readonly number: number;
  readonly checkpoint: KnownCheckpoint;
  readonly start: RoundStart;
  /** In the order they ran. */
  readonly stages: readonly StageRow[];
  readonly pairs: StageRow;
}

/**
 * Runs round `number` from the checkpoint `from`: prompts, candidates, scores, pairs, training. What is done is
 * skipped. `earlier` are the pair sets of the rounds before, oldest first.
 */
export async function runRound(
  journey: Journey,
  number: number,
  from: KnownCheckpoint,
  earlier: readonly StageRow[],
): Promise<TrainedRound> {
  const { config, room, prompts } = journey;
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
  const judge = await labelJudge(journey, round);
  const { files, image } = room;
  const { failedVerdicts } = config;
  const scores = await scoreCandidates(place, { candidates, judge, files, image, failedVerdicts });
  const pairs = await minePairSet(journey, place, { round, candidates, judge, earlier });
  const training = await trainRound(place, {
    settings: round.training,
    pairs: round.accumulatePairs ? [...earlier, pairs] : [pairs],
    policy: from,
    reference: reference.checkpoint,
    referencePolicy: round.training.referenceSync ? `${reference.policy}, synced` : reference.policy,
    ...(await trainingHelp(room, round.training, from)),
    verifiers: await sampleVerifiers(room, round),
    seed: config.seed,
    train: journey.train,
  });
  const checkpoint = trainedBy(journey, training);
  return { number, checkpoint, start, stages: [promptStage, candidates, scores, pairs, training], pairs };
}

async function referenceOf({ room }: Journey, { reference }: RoundConfig, from: KnownCheckpoint) {
  if (reference === "base") return { policy: "base", checkpoint: room.base };
  if (reference === "previous") return { policy: "previous", checkpoint: from };
  const checkpoint = await room.find(reference.fixed, "generator");
  return { policy: `fixed:${checkpoint.identity}`, checkpoint };
}

async function labelJudge({ room }: Journey, { labels }: RoundConfig): Promise<Judge> {
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

/** The checkpoint that a finished training stage kept; its files are checked against their hashes. */
function trainedBy({ store, models }: Journey, training: StageRow): KnownCheckpoint {
  const row = store.checkpoints.list().find(({ stageId }) => stageId === training.id);
  if (row === undefined) throw new Error(`Training stage ${training.id} is finished but kept no checkpoint.`);
  return registerCheckpoint(store, folderOf(row.location, { store, models }), "generator", row.location);
}
