import { z } from "zod";
import { TASKS } from "../records/prompt.js";
import { flag, oneOf, section, share, text, wholeAtLeast, within } from "./fields.js";
import { forks } from "./forks-schema.js";
import { images } from "./images-schema.js";
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
        /** P(yes) from which a candidate is a yes. */
        yesFrom: share().default(0.5),
        /** P(yes) up to which a candidate is a no; those between the two are neither. */
        noUpTo: share().default(0.5),
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

/** One round: candidates, scores, pairs, training. */
export const roundSchema = section({
  /**
   * Round whose checkpoint this one starts from, 0 for the base; null starts from the last promoted. Rounds that start
   * from the same one so draw the same candidates and pairs, and differ in their training alone.
   */
  from: wholeAtLeast(0).nullable().default(null),
  /** Training prompts of this round, spread evenly over the tasks. */
  prompts: wholeAtLeast(1).default(200),
  /** Tasks whose prompts are trained on; null trains on all, and on prompts without a task. */
  tasks: z
    .array(oneOf(TASKS), { error: "a list of tasks, or null" })
    .min(1, { error: "a list of at least one task" })
    .nullable()
    .default(null),
  /** Small tasks get more candidates a prompt where the number is a task's. */
  candidates: images.default({ perPrompt: 8 }),
  forks,
  labels,
  mining,
  /** Balances the tasks: at most so many pairs of each; null keeps every pair. */
  pairsPerTask: wholeAtLeast(1).nullable().default(null),
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
