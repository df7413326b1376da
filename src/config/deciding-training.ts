import type { z } from "zod";
import { type JudgeTrainingConfig, judgeTrainingFields } from "./schema/judge-training.js";
import { type TrainingConfig, trainingFields } from "./schema/training.js";

/**
 * What decides a training's result, as its schema says. Draws that are not balanced and a trainer that is ours go without
 * saying, so that trainings from before there were others are known again.
 */
export function decidingTraining(settings: TrainingConfig): Record<string, unknown> {
  const { balance, command, pairsLayout, ...rest } = deciding(trainingFields.shape, settings);
  return {
    ...rest,
    ...(balance === "none" ? {} : { balance }),
    ...(command === null ? {} : { command, pairsLayout }),
  };
}

/** What decides the result of a judge's training. */
export function decidingJudgeTraining(settings: JudgeTrainingConfig): Record<string, unknown> {
  return deciding(judgeTrainingFields.shape, settings);
}

function deciding(
  shape: Readonly<Record<string, z.ZodType>>,
  settings: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const decides = ([name]: [string, unknown]) => shape[name]?.meta()?.["decides"] !== false;
  return Object.fromEntries(Object.entries(settings).filter(decides));
}
