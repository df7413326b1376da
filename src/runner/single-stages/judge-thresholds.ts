import type { StageRow } from "../../adapters/store/index.js";
import { ConfigError } from "../../errors.js";
import { type ExpectedCalls, expectedAnswers } from "../../judges/expected-calls.js";
import type { Prompt } from "../../records/prompt.js";
import { refuseUnanswerable } from "../../search/answerable.js";
import { askEverything } from "../../search/recorded-searches.js";
import type { SearchTask } from "../../search/strategy.js";
import { evaluationImages } from "../../stages/evaluation/images.js";
import { type FoundThresholds, findThresholds } from "../../stages/judge-thresholds/find-thresholds.js";
import { splitHeldOut } from "../../stages/prompts/choose.js";
import { promptsOf, withPrompts } from "./stage-prompts.js";
import { inStageSession, type StageSession, type StageSessionOptions } from "./stage-session.js";

export interface ThresholdsParams {
  readonly file: string;
  /** Share of the file's prompts that decides, as validation prompts do: no table shows them. */
  readonly validationShare: number;
  /** Images of each task. */
  readonly images: number;
  /** N: paths an image. */
  readonly n: number;
  /** Who says how good finished images are. */
  readonly by: "detector" | "judge";
  readonly giveUp: number;
}

/** Finds PARM's thresholds for `config.models.judge`. Throws ConfigError where it cannot be asked for them. */
export async function judgeThresholds(
  params: ThresholdsParams,
  options: StageSessionOptions,
): Promise<{ stage: StageRow; found: FoundThresholds }> {
  const stage = await inStageSession(options, async (session) => {
    const { models, config, place } = session;
    const judge = await models.judge();
    refuseUnanswerable(askEverything(params.n, 0), judge);
    const { prompts, tasks } = await tasksOf(session, params);
    return findThresholds(withPrompts(place, { name: "prompts-thresholds", prompts, origin: params.file }), {
      ...{ tasks, judge, n: params.n, seed: config.seed, giveUp: params.giveUp },
      labeller: params.by === "judge" ? judge : models.detectorJudge(),
      source: models.source(models.base),
      imageOf: models.image,
    });
  });
  return { stage, found: stage.summary as unknown as FoundThresholds };
}

/** What finding them would take of a judge that is called, nothing being asked. Throws ConfigError for another judge. */
export function planThresholds(
  params: ThresholdsParams,
  options: StageSessionOptions,
): Promise<ExpectedCalls & { readonly judge: string }> {
  return inStageSession(options, async (session) => {
    const { config, models } = session;
    const judge = config.judges.find(({ name }) => name === config.models.judge);
    if (judge === undefined)
      throw new ConfigError(
        "Expected a judge of settings of its own to plan its calls: a checkpoint is asked on this machine.",
      );
    const { tasks } = await tasksOf(session, params);
    const paths = tasks.length * params.n;
    const midway = 2 * paths * (models.settings.steps - 1);
    return {
      judge: judge.name,
      ...expectedAnswers(judge, { pictures: paths, prompts: tasks.length }, midway),
    };
  });
}

/** The images that decide: of prompts that no table shows. */
async function tasksOf(
  session: StageSession,
  { file, validationShare, images, by }: ThresholdsParams,
): Promise<{ prompts: readonly Prompt[]; tasks: readonly SearchTask[] }> {
  const all = await promptsOf(session, file, null);
  const { validation: prompts } = splitHeldOut(all, validationShare);
  if (prompts.length === 0)
    throw new ConfigError(
      `Expected prompts for validation in ${file}, ${validationShare} of each task, got none of ${all.length}: give more prompts.`,
    );
  const unknown = prompts.find(({ metadata }) => metadata === undefined);
  if (by === "detector" && unknown !== undefined)
    throw new ConfigError(
      `Expected prompts with GenEval's metadata for the detector to check, got "${unknown.text}" in ${file}. ` +
        "Give others, or --by judge: then the judge's own outcome says which thresholds lose nothing.",
    );
  const wanted = evaluationImages(prompts, { perTask: images }, session.config.seed);
  return { prompts, tasks: wanted.map(({ prompt, sample }) => ({ prompt, attempt: sample })) };
}
