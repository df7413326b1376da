import type { StageRow } from "../../adapters/store/index.js";
import type { TuneConfig } from "../../config/schema/judge-tuning.js";
import { reportJudge } from "../../stages/judge-report/ask-judge.js";
import type { JudgeQuality } from "../../stages/judge-report/quality.js";
import { trainJudge } from "../../stages/judge-training/train-judge.js";
import type { KnownCheckpoint } from "../../stages/known-checkpoint.js";
import { judgedBy } from "../models/open-models.js";
import type { RunContext } from "./run-context.js";
import { trainedCheckpoint } from "./trained-checkpoint.js";
import { heldOutStates, samplesToLearn, type TuneParams } from "./tuning-samples.js";

/** A judge's AUC within prompts with its interval; null where no prompt has right and wrong images. */
export interface JudgeRanking {
  readonly auc: number | null;
  readonly interval: readonly [low: number, high: number] | null;
  /** Prompts with right and wrong images. */
  readonly prompts: number;
}

/** What a round did with the run's judge. */
export interface JudgeTuning {
  readonly before: KnownCheckpoint;
  readonly tuned: KnownCheckpoint;
  /** Whether the tuned one is the run's judge from now on. */
  readonly kept: boolean;
  readonly labels: TuneConfig["labels"];
  /** Images it learned from: of this round, and of earlier ones. */
  readonly samples: { readonly own: number; readonly earlier: number };
  /** On images of the policy that the round starts from, of prompts that no training sees. */
  readonly heldOut: { readonly before: JudgeRanking; readonly after: JudgeRanking };
}

export interface TunedRound {
  readonly tuning: JudgeTuning;
  /** What the next tunings may learn from again. */
  readonly samples: StageRow;
  /** In the order they ran. */
  readonly stages: readonly StageRow[];
}

/**
 * Labels images of a round's policy, tunes the run's judge on them, and measures it on held-out ones before and after.
 * What is done is skipped. Throws ConfigError when nothing can be learned.
 */
export async function tuneJudge(run: RunContext, params: TuneParams): Promise<TunedRound> {
  const { models, store, config } = run;
  const { number, tune, judge } = params;
  const place = run.place(number);
  const learned = await samplesToLearn(run, params);
  const heldOut = await heldOutStates(run, params);
  const before = await rank(run, number, { name: "judge-report-before", states: heldOut.states, judge });
  const training = await trainJudge(place, {
    settings: tune.training,
    samples: learned.samples,
    generator: models.base,
    start: judge,
    seed: config.seed,
    train: models.family.trainJudge,
  });
  const tuned = trainedCheckpoint(run, training, "judge");
  const after = await rank(run, number, {
    name: "judge-report",
    states: heldOut.states,
    judge: tuned,
  });
  const [own = 0, earlier = 0] = learned.samples.map(({ id }) => store.shards.progress(id).rows);
  const isWorse = (after.ranking.auc ?? 0) < (before.ranking.auc ?? 0);
  return {
    tuning: {
      before: judge,
      tuned,
      kept: !(tune.keepBetter && isWorse),
      labels: tune.labels,
      samples: { own, earlier },
      heldOut: { before: before.ranking, after: after.ranking },
    },
    samples: learned.samples[0],
    stages: [...learned.stages, ...heldOut.stages, before.stage, training, after.stage],
  };
}

/** A tuning as manifests and summaries keep it: judges by identity. */
export type TuningRecord = Omit<JudgeTuning, "before" | "tuned"> & {
  readonly before: string;
  readonly tuned: string;
};

export function tuningRecord({ before, tuned, ...rest }: JudgeTuning): TuningRecord {
  return { before: before.identity, tuned: tuned.identity, ...rest };
}

/** Who says what a judge learns, in words. */
export function labellerName(labels: TuneConfig["labels"]): string {
  if (labels.by === "judge") return labels.judge;
  return labels.by === "reviews" ? "people" : "the detector";
}

/** A tuning in two sentences: what the judge was and is worth, by whose word, and which one goes on judging. */
export function tuningNote(round: number, tuning: JudgeTuning): string {
  const { before, tuned, kept, samples, heldOut, labels } = tuning;
  const learned = `${samples.own} images${samples.earlier > 0 ? ` and ${samples.earlier} earlier ones` : ""}`;
  const use = kept ? "It judges from this round on" : `It ranks worse, so ${before.name} goes on judging`;
  return (
    `Round ${round} tuned the judge ${before.name} to ${tuned.name} on ${learned} labelled by ${labellerName(labels)}: AUC ` +
    `within ${heldOut.after.prompts} held-out prompts ${rankingText(heldOut.before)} before, ` +
    `${rankingText(heldOut.after)} after. ${use}.`
  );
}

function rankingText({ auc, interval }: JudgeRanking): string {
  if (auc === null) return "unknown";
  return `${auc.toFixed(3)}${interval ? ` (${interval.map((one) => one.toFixed(3)).join(" to ")})` : ""}`;
}

/** How well a judge ranks the held-out images. */
async function rank(
  run: RunContext,
  number: number,
  { name, states, judge }: { name: string; states: StageRow; judge: KnownCheckpoint },
): Promise<{ stage: StageRow; ranking: JudgeRanking }> {
  const { models, config } = run;
  const opened = await judgedBy(models, judge).judge();
  const params = { name, states, judge: opened, image: models.image, seed: config.seed };
  const stage = await reportJudge(run.place(number), params);
  const { outcome } = (stage.summary as unknown as JudgeQuality).questions;
  const ranking = {
    auc: outcome?.withinPromptAuc ?? null,
    interval: outcome?.interval ?? null,
    prompts: outcome?.prompts ?? 0,
  };
  return { stage, ranking };
}
