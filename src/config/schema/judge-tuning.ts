import { z } from "zod";
import { MOST } from "../limits.js";
import { flag, section, text, whole, within } from "./fields.js";
import { tuningTrainingSchema } from "./judge-training.js";
import { areApart, thresholds } from "./label-thresholds.js";

const labels = z
  .discriminatedUnion(
    "by",
    [
      section({ by: z.literal("detector") }),
      section({
        by: z.literal("judge"),
        judge: text("a checkpoint").describe("A stronger judge's checkpoint."),
        ...thresholds,
      }).refine(areApart, {
        path: ["noUpTo"],
        error: "at most yesFrom: no image is right and wrong",
      }),
      section({
        by: z.literal("reviews"),
        least: whole(1, MOST.attempts)
          .default(1)
          .describe(
            "Answers of people on a pair, skips not counted, from which its images are learned from.",
          ),
      }),
    ],
    { error: '{ by: "detector" }, { by: "judge", judge, yesFrom, noUpTo } or { by: "reviews", least }' },
  )
  .default({ by: "detector" })
  .describe("Who says what a judge learns: which images of the new policy are right.");

const tune = section({
  labels,
  earlierSamples: within(0, 0.95)
    .default(0.3)
    .describe(
      "Share of the samples that are drawn from those of earlier rounds' tunings, prompt by prompt; 0 takes none.",
    ),
  heldOut: section({
    prompts: whole(1, MOST.prompts).default(60).describe("Prompts that the judge is measured on."),
    perPrompt: whole(2, MOST.promptImages).default(8).describe("Images of each."),
  })
    .prefault({})
    .describe(
      "Images of the same policy, of prompts that decide promotion, on which the judge is measured before and after.",
    ),
  keepBetter: flag()
    .default(true)
    .describe(
      "A tuned judge that ranks the held-out images worse than before (AUC within prompts) is kept and shown, but not used.",
    ),
  training: tuningTrainingSchema,
});

export const roundJudge = section({
  tune: tune
    .nullable()
    .default(null)
    .describe(
      "Tunes it, on images of the policy that the round starts from, before the round's pairs are labelled; it is the run's judge from then on. Null leaves it.",
    ),
})
  .prefault({})
  .describe("What a round does with the run's judge.");

export type TuneConfig = z.output<typeof tune>;
