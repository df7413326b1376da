import { z } from "zod";
import { TASKS } from "../records/prompt.js";
import { flag, list, oneOf, section, text, whole, within } from "./fields.js";
import { forks } from "./forks-schema.js";
import { images } from "./images-schema.js";
import { roundJudge } from "./judge-tuning-schema.js";
import { areApart, thresholds } from "./label-thresholds.js";
import { MOST } from "./limits.js";
import { mining } from "./mining-schema.js";
import { trainingSchema } from "./training-schema.js";

/** How a candidate becomes a yes or a no. The paper labels with an object detector. */
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
  .default({ by: "detector" });

/** The frozen model DPO measures against: the run's base, the checkpoint the round starts from, or a named one. */
const reference = z
  .union([z.enum(["base", "previous"]), section({ fixed: text("a checkpoint") })], {
    error: '"base", "previous" or { fixed: CHECKPOINT }',
  })
  .default("previous");

/** One round: candidates, a tuning of the judge where one is asked for, scores, pairs, training. */
export const roundSchema = section({
  /**
   * Round whose checkpoint this one starts from, 0 for the base; null starts from the last promoted. Rounds that start
   * from the same one so draw the same candidates and pairs, and differ in their training alone.
   */
  from: whole(0, MOST.rounds).nullable().default(null),
  /** Training prompts of this round, spread evenly over the tasks. */
  prompts: whole(1, MOST.prompts).default(200),
  /** Tasks whose prompts are trained on; null trains on all, and on prompts without a task. */
  tasks: list(oneOf(TASKS), "tasks, or null", { least: 1 }).nullable().default(null),
  /** Small tasks get more candidates a prompt where the number is a task's. */
  candidates: images.default({ perPrompt: 8 }),
  forks,
  judge: roundJudge,
  labels,
  mining,
  /** Balances the tasks: at most so many pairs of each; null keeps every pair. */
  pairsPerTask: whole(1, MOST.pairs).nullable().default(null),
  /** Share of the pair set that is drawn from the sets of earlier rounds; 0 is on-policy only. */
  earlierPairs: within(0, 0.95).default(0),
  reference,
  /** Whether all pairs of earlier rounds are trained on again. */
  accumulatePairs: flag().default(false),
  training: trainingSchema,
});

export type RoundConfig = z.output<typeof roundSchema>;
export type RoundInput = z.input<typeof roundSchema>;
export type LabelConfig = RoundConfig["labels"];
export type { ForksConfig } from "./forks-schema.js";
export type { MiningConfig } from "./mining-schema.js";
export type ReferenceConfig = RoundConfig["reference"];
