import { z } from "zod";
import { TASKS } from "../records/prompt.js";
import { atLeastZero, flag, oneOf, section, share, text, wholeAtLeast } from "./fields.js";
import { images } from "./images-schema.js";
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

/** Which chosen and rejected candidates of a prompt become pairs. */
const mining = z
  .discriminatedUnion(
    "policy",
    [
      section({ policy: z.literal("random-yes-no"), pairsPerPrompt: wholeAtLeast(1).default(1) }),
      section({ policy: z.literal("best-versus-worst"), margin: atLeastZero().default(0) }),
    ],
    { error: '{ policy: "random-yes-no", pairsPerPrompt } or { policy: "best-versus-worst", margin }' },
  )
  .default({ policy: "random-yes-no", pairsPerPrompt: 1 });

/** The frozen model DPO measures against: the run's base, the checkpoint the round starts from, or a named one. */
const reference = z
  .union([z.enum(["base", "previous"]), section({ fixed: text("a checkpoint") })], {
    error: '"base", "previous" or { fixed: CHECKPOINT }',
  })
  .default("previous");

/** One round: candidates, scores, pairs, training. */
export const roundSchema = section({
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
  labels,
  mining,
  /** Balances the tasks: at most so many pairs of each; null keeps every pair. */
  pairsPerTask: wholeAtLeast(1).nullable().default(null),
  reference,
  /** Whether the pairs of earlier rounds are trained on again. */
  accumulatePairs: flag().default(false),
  training: trainingSchema,
});

export type RoundConfig = z.output<typeof roundSchema>;
export type RoundInput = z.input<typeof roundSchema>;
export type LabelConfig = RoundConfig["labels"];
export type MiningConfig = RoundConfig["mining"];
export type ReferenceConfig = RoundConfig["reference"];
