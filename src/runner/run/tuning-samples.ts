import type { StageRow } from "../../adapters/store/index.js";
import type { TuneConfig } from "../../config/schema/judge-tuning.js";
import { ConfigError } from "../../errors.js";
import { commandLine } from "../../records/command-line.js";
import type { Prompt } from "../../records/prompt.js";
import type { Judge } from "../../records/seams.js";
import { balanceStates } from "../../stages/judge-data/balance-states.js";
import { drawEarlierSamples } from "../../stages/judge-data/earlier-samples.js";
import {
  type LabelledImages,
  labelledByJudge,
  writeWholeStates,
} from "../../stages/judge-data/whole-states.js";
import type { KnownCheckpoint } from "../../stages/known-checkpoint.js";
import type { Thresholds } from "../../stages/label-of.js";
import { choosePrompts } from "../../stages/prompts/choose.js";
import { storePrompts } from "../../stages/prompts/store-prompts.js";
import { peopleLabels } from "../../stages/review/people-labels.js";
import type { RunModels } from "../models/open-models.js";
import { sampleStage, scoreStage } from "./round-stages.js";
import { type RunContext, roundContext } from "./run-context.js";
import { drawnAs } from "./table-rows.js";

/** What a tuning learns from: this round's images, and a share of earlier tunings'. */
export async function samplesToLearn(
  run: RunContext,
  params: TuneParams,
): Promise<{ samples: [own: StageRow, ...earlier: StageRow[]]; stages: StageRow[] }> {
  const { store, config, models } = run;
  const { number, tune, earlierSamples } = params;
  const place = run.place(number);
  const { labelled, stages } = await labelledCandidates(run, params);
  const states = await writeWholeStates(place, {
    ...{ name: "judge-states", labelled, files: models.files, encodePrompt: models.family.encodePrompt },
    questions: ["outcome", "process", "potential"],
  });
  const own = await balanceStates(place, { states, seed: config.seed });
  const rows = store.shards.progress(own.id).rows;
  const wanted = Math.round((rows * tune.earlierSamples) / (1 - tune.earlierSamples));
  if (wanted === 0 || earlierSamples.length === 0)
    return { samples: [own], stages: [...stages, states, own] };
  const earlier = await drawEarlierSamples(place, { earlier: earlierSamples, wanted, seed: config.seed });
  return { samples: [own, earlier], stages: [...stages, states, own, earlier] };
}

/** Images of the policy, of prompts that decide promotion: none of them is learned from. */
export async function heldOutStates(
  run: RunContext,
  { number, tune, from }: TuneParams,
): Promise<{ states: StageRow; stages: StageRow[] }> {
  const { config, models, prompts, store } = run;
  const context = roundContext(run, number);
  const { place } = context;
  const { files } = models;
  const round = config.rounds[number - 1] as (typeof config.rounds)[number];
  const asked = judgingPrompts(prompts.judging, tune, config.seed);
  const stored = await storePrompts(place, {
    name: "prompts-judge",
    prompts: asked,
    origin: prompts.hashes.heldOut,
  });
  const candidates = await sampleStage(context, {
    name: "judge-candidates-held-out",
    prompts: asked,
    images: { perPrompt: tune.heldOut.perPrompt },
    checkpoint: from,
    purpose: `judge of round ${drawnAs(round, number)}`,
  });
  const { judge, thresholds } = await labeller(models, tune);
  const labels = await scoreStage(context, { name: "judge-labels-held-out", candidates, judge });
  const states = await writeWholeStates(place, {
    name: "judge-states-held-out",
    labelled: labelledByJudge(store, candidates, { judge: judge.identity, thresholds }),
    questions: ["outcome"],
    ...{ files, encodePrompt: models.family.encodePrompt },
  });
  return { states, stages: [stored, candidates, labels, states] };
}

/** The held-out prompts that judges are measured on, the same in every round. */
export function judgingPrompts(prompts: readonly Prompt[], { heldOut }: TuneConfig, seed: number): Prompt[] {
  return choosePrompts(prompts, heldOut.prompts, seed, "judge");
}

async function labelledCandidates(
  run: RunContext,
  { number, tune, candidates, earlierPairs }: TuneParams,
): Promise<{ labelled: LabelledImages; stages: StageRow[] }> {
  const { store, models } = run;
  if (tune.labels.by === "reviews") {
    return { labelled: reviewedImages(store, earlierPairs, tune.labels.least), stages: [] };
  }
  const { judge, thresholds } = await labeller(models, tune);
  const labels = await scoreStage(roundContext(run, number), { name: "judge-labels", candidates, judge });
  return {
    labelled: labelledByJudge(store, candidates, { judge: judge.identity, thresholds }),
    stages: [labels],
  };
}

/** Who labels images that nobody has reviewed: the detector, also where people say what is learned. */
async function labeller(
  models: RunModels,
  { labels }: TuneConfig,
): Promise<{ judge: Judge; thresholds: Thresholds }> {
  if (labels.by !== "judge") return { judge: models.detectorJudge(), thresholds: { by: "detector" } };
  const { by, yesFrom, noUpTo } = labels;
  return { judge: await models.judgeNamed(labels.judge), thresholds: { by, yesFrom, noUpTo } };
}

function reviewedImages(
  store: RunContext["store"],
  pairs: readonly StageRow[],
  least: number,
): LabelledImages {
  const { labels, hash } = peopleLabels(store, pairs, least);
  if (labels.size === 0) throw noReviews(store, pairs, least);
  return {
    inputs: { labels: "people", pairs: pairs.map(({ id }) => id), least, decisions: hash },
    shards: 1,
    unitsOf: () => labels.size,
    images: () =>
      [...labels].flatMap(([id, right]) => {
        const candidate = store.candidates.find(id);
        const prompt = candidate && store.prompts.find(candidate.promptId);
        return candidate && prompt ? [{ candidate, prompt, right }] : [];
      }),
  };
}

function noReviews(
  { workspace }: RunContext["store"],
  pairs: readonly StageRow[],
  least: number,
): ConfigError {
  const newest = pairs.at(-1)?.id ?? "PAIRS";
  return new ConfigError(
    `The judge is tuned by what people said of the pairs of earlier rounds, but they have decided none (answers of ` +
      `${least} or more on a pair decide it). First: ${commandLine(["review", newest], workspace.root)}`,
  );
}

export interface TuneParams {
  readonly number: number;
  readonly tune: TuneConfig;
  /** The policy that the round starts from. */
  readonly from: KnownCheckpoint;
  /** Its candidates of this round. */
  readonly candidates: StageRow;
  /** The judge so far. */
  readonly judge: KnownCheckpoint;
  /** Samples of earlier tunings, and pair sets of earlier rounds, oldest first. */
  readonly earlierSamples: readonly StageRow[];
  readonly earlierPairs: readonly StageRow[];
}
