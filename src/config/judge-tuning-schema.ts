import { z } from "zod";
import { flag, section, text, whole, within } from "./fields.js";
import { tuningTrainingSchema } from "./judge-training-schema.js";
import { areApart, thresholds } from "./label-thresholds.js";
import { MOST } from "./limits.js";

/** Who says what a judge learns: which images of the new policy are right. */
const labels = z
  .discriminatedUnion(
    "by",
    [
      section({ by: z.literal("detector") }),
      section({
        by: z.literal("judge"),
        /** A stronger judge's checkpoint. */
        judge: text("a checkpoint"),
        /** Images between the two are not learned from. */
        ...thresholds,
      }).refine(areApart, {
        path: ["noUpTo"],
        error: "at most yesFrom: no image is right and wrong",
      }),
      section({
        by: z.literal("reviews"),
        /** Answers of people on a pair, skips not counted, from which its images are learned from. */
        least: whole(1, MOST.attempts).default(1),
      }),
    ],
    { error: '{ by: "detector" }, { by: "judge", judge, yesFrom, noUpTo } or { by: "reviews", least }' },
  )
  .default({ by: "detector" });

/** A tuning of the run's judge on images of the policy that a round starts from. */
const tune = section({
  labels,
  /** Share of the samples that are drawn from those of earlier rounds' tunings, prompt by prompt; 0 takes none. */
  earlierSamples: within(0, 0.95).default(0.3),
  /** Images of the same policy, of prompts that decide promotion, on which the judge is measured before and after. */
  heldOut: section({
    prompts: whole(1, MOST.prompts).default(60),
    perPrompt: whole(2, MOST.promptImages).default(8),
  }).prefault({}),
  /** A tuned judge that ranks the held-out images worse than before (AUC within prompts) is kept and shown, but not used. */
  keepBetter: flag().default(true),
  training: tuningTrainingSchema,
});

/** What a round does with the run's judge. */
export const roundJudge = section({
  /** Tunes it before the round's pairs are labelled; it is the run's judge from then on. Null leaves it. */
  tune: tune.nullable().default(null),
}).prefault({});

export type TuneConfig = z.output<typeof tune>;
