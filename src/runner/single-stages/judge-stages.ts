import { join } from "node:path";
import type { StageRow } from "../../adapters/store/index.js";
import type { JudgeTrainingConfig } from "../../config/schema/judge-training.js";
import type { Prompt, Task } from "../../records/prompt.js";
import { findLeaks, LEAKS_SETTING, refuseLeaks } from "../../stages/evaluation/leaks.js";
import { balanceStates } from "../../stages/judge-data/balance-states.js";
import { groupCorrections } from "../../stages/judge-data/group-corrections.js";
import { labelStates } from "../../stages/judge-data/label-states.js";
import { type PathShare, pathTasks } from "../../stages/judge-data/path-tasks.js";
import { reportJudge as reportJudgeStage } from "../../stages/judge-report/ask-judge.js";
import type { JudgeQuality } from "../../stages/judge-report/quality.js";
import { qualityPage } from "../../stages/judge-report/quality-page.js";
import { qualityTable } from "../../stages/judge-report/quality-table.js";
import { trainJudge as trainJudgeStage } from "../../stages/judge-training/train-judge.js";
import { findStage } from "../find-stage.js";
import { writeWhole } from "../run/round-manifest.js";
import { promptsOf, withPrompts } from "./stage-prompts.js";
import { inStageSession, type StageSession, type StageSessionOptions } from "./stage-session.js";

/** How paths are sampled and completed for a judge to learn from. */
export interface JudgeDataParams {
  /** Prompt files: to learn from, and to report on. */
  readonly file: string;
  readonly heldOutFile: string;
  /** Paths of each task, and tasks with twice as many. */
  readonly perTask: number;
  readonly heldOutPerTask: number;
  readonly doubled: readonly Task[];
  readonly completions: number;
  readonly completedStates: number;
  /** Of confidence re-masking; higher than in use, for more kinds of mistakes. */
  readonly temperature: number;
}

export interface JudgeData {
  /** Balanced, of training prompts: what `trainJudge` takes. */
  readonly samples: StageRow;
  readonly corrections: StageRow;
  /** As sampled, of held-out prompts: what `reportJudge` takes. */
  readonly heldOut: StageRow;
}

/** Samples and labels the paths of both prompt files, balances those to learn from, and groups corrections. */
export async function judgeData(params: JudgeDataParams, options: StageSessionOptions): Promise<JudgeData> {
  const { perTask, heldOutPerTask, doubled, temperature } = params;
  const made: Partial<Record<keyof JudgeData, StageRow>> = {};
  await inStageSession(options, async (session) => {
    const { place, config, models } = session;
    const prompts = await promptsOf(session, params.file, null);
    const heldOut = await promptsOf(session, params.heldOutFile, null);
    const { leaks: rules } = config.evaluation;
    refuseLeaks(findLeaks(prompts, heldOut, rules), rules, LEAKS_SETTING);
    const states = await sampleStates(session, params, {
      name: "judge-states",
      ...{ prompts, file: params.file },
      share: { perTask, doubled },
      temperature,
    });
    made.samples = await balanceStates(place, { states, seed: config.seed });
    made.corrections = await groupCorrections(place, { states });
    made.heldOut = await sampleStates(session, params, {
      name: "judge-states-held-out",
      ...{ prompts: heldOut, file: params.heldOutFile },
      share: { perTask: heldOutPerTask, doubled: [] },
      temperature: models.settings.temperature,
    });
    return made.heldOut;
  });
  return made as JudgeData;
}

interface StatesAsked {
  readonly name: string;
  readonly prompts: readonly Prompt[];
  readonly file: string;
  readonly share: PathShare;
  readonly temperature: number;
}

/** Paths of one shard: a few hundred images. */
const SHARD_PATHS = 32;

async function sampleStates(
  session: StageSession,
  { completions, completedStates }: JudgeDataParams,
  { name, prompts, file, share, temperature }: StatesAsked,
): Promise<StageRow> {
  const { models, place, config, family } = session;
  const settings = { ...models.settings, temperature };
  const { detector } = models;
  const { encodePrompt } = family;
  return labelStates(withPrompts(place, { name: `prompts-${name}`, prompts, origin: file }), {
    ...{ name, settings, detector, encodePrompt, completions, completedStates },
    tasks: pathTasks(prompts, share, config.seed),
    checkpoint: models.base.identity,
    openSampler: () => models.openSampler(models.base, settings),
    decoder: await models.decoder(),
    seed: config.seed,
    shardPaths: SHARD_PATHS,
  });
}

/** Trains a judge on sample stages, on the trunk of `config.models.base`; `start` names a judge to go on from. */
export function trainJudge(
  params: {
    readonly samples: readonly string[];
    readonly start: string | null;
    readonly training: JudgeTrainingConfig;
  },
  options: StageSessionOptions,
): Promise<StageRow> {
  return inStageSession(options, async ({ store, models, place, config, family }) =>
    trainJudgeStage(place, {
      settings: params.training,
      samples: params.samples.map((id) => findStage(store, id, "judge-samples")),
      generator: models.base,
      start: params.start === null ? null : await models.find(params.start, "judge"),
      seed: config.seed,
      train: family.trainJudge,
    }),
  );
}

export interface JudgeReport {
  readonly stage: StageRow;
  /** The judge's name. */
  readonly judge: string;
  readonly quality: JudgeQuality;
  /** For a terminal. */
  readonly table: string;
  /** The report as a page. */
  readonly file: string;
}

/** Measures the run's judge on the labelled states of a stage. Throws ConfigError without a judge. */
export async function reportJudge(states: string, options: StageSessionOptions): Promise<JudgeReport> {
  return inStageSession(options, async ({ store, models, place, config, family }) => {
    const { judgeCheckpoint, tokenizer, image } = models;
    const labelled = findStage(store, states, "judge-states", "judge-states-held-out");
    const judge = await models.judge();
    const captionPairs = family.captionPairs?.(tokenizer.folder);
    const params = { states: labelled, judge, image, captionPairs, seed: config.seed };
    const stage = await reportJudgeStage(place, params);
    const quality = stage.summary as unknown as JudgeQuality;
    const name = judgeCheckpoint?.name ?? config.models.judge ?? judge.identity;
    const images = store.shards.progress(labelled.id).rows;
    const file = join(store.workspace.reports, "judges", `${name}-${stage.id.slice(0, 6)}.html`);
    writeWhole(file, await qualityPage(quality, { judge: name, images }));
    return { stage, judge: name, quality, table: qualityTable(quality), file };
  });
}
