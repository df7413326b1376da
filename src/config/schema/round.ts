import { z } from "zod";
import { TASKS } from "../../records/prompt.js";
import { MOST } from "../limits.js";
import { flag, list, oneOf, section, text, whole, within } from "./fields.js";
import { forks } from "./forks.js";
import { images } from "./images.js";
import { roundJudge } from "./judge-tuning.js";
import { areApart, thresholds } from "./label-thresholds.js";
import { mining } from "./mining.js";
import { trainingSchema } from "./training.js";

const labels = z
  .discriminatedUnion(
    "by",
    [
      section({ by: z.literal("detector") }),
      section({
        by: z.literal("judge"),
        ...thresholds,
      }).refine(areApart, {
        path: ["noUpTo"],
        error: "at most yesFrom: no candidate is a yes and a no",
      }),
    ],
    { error: '{ by: "detector" } or { by: "judge", yesFrom, noUpTo }' },
  )
  .default({ by: "detector" })
  .describe("How a candidate becomes a yes or a no. The paper labels with an object detector.");

const reference = z
  .union([z.enum(["base", "previous"]), section({ fixed: text("a checkpoint") })], {
    error: '"base", "previous" or { fixed: CHECKPOINT }',
  })
  .default("previous")
  .describe(
    "The frozen model DPO measures against: the run's base, the checkpoint the round starts from, or a named one.",
  );

/** One round: candidates, a tuning of the judge where one is asked for, scores, pairs, training. */
export const roundSchema = section({
  from: whole(0, MOST.rounds)
    .nullable()
    .default(null)
    .describe(
      "Round whose checkpoint this one starts from, 0 for the base; null starts from the last promoted. Rounds that start from the same one so draw the same candidates and pairs, and differ in their training alone.",
    ),
  prompts: whole(1, MOST.prompts)
    .default(200)
    .describe("Training prompts of this round, spread evenly over the tasks."),
  tasks: list(oneOf(TASKS), "tasks, or null", { least: 1 })
    .nullable()
    .default(null)
    .describe("Tasks whose prompts are trained on; null trains on all, and on prompts without a task."),
  candidates: images
    .default({ perPrompt: 8 })
    .describe(
      "How many candidates: of every prompt, or of every task, spread over its prompts, so that small tasks get more of each.",
    ),
  forks,
  judge: roundJudge,
  labels,
  mining,
  pairsPerTask: whole(1, MOST.pairs)
    .nullable()
    .default(null)
    .describe("Balances the tasks: at most so many pairs of each; null keeps every pair."),
  earlierPairs: within(0, 0.95)
    .default(0)
    .describe("Share of the pair set that is drawn from the sets of earlier rounds; 0 is on-policy only."),
  reference,
  accumulatePairs: flag()
    .default(false)
    .describe("Whether all pairs of earlier rounds are trained on again."),
  training: trainingSchema,
});

export type RoundConfig = z.output<typeof roundSchema>;
export type RoundInput = z.input<typeof roundSchema>;
export type LabelConfig = RoundConfig["labels"];
export type { ForksConfig } from "./forks.js";
export type { MiningConfig } from "./mining.js";
export type ReferenceConfig = RoundConfig["reference"];
