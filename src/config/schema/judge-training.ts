import type { z } from "zod";
import { MOST } from "../limits.js";
import { aside, flag, oneOf, positive, section, share, whole, within } from "./fields.js";

/** The settings of one training of a judge. */
export const judgeTrainingFields = section({
  steps: whole(1, MOST.optimizerSteps).default(1000).describe("Optimizer steps."),
  batch: whole(1, MOST.batch).default(96).describe("Samples an optimizer step, eight of a prompt."),
  learningRate: positive(MOST.strength).default(1e-3).describe("Peak of the cosine schedule."),
  warmupShare: share().default(0.05).describe("Share of the steps over which the rate rises from 0."),
  rankingWeight: within(0, MOST.strength)
    .default(0.5)
    .describe("Weight of ranking the answers within a prompt, beside answering each."),
  reasonWeight: within(0, MOST.strength).default(0.2).describe("Weight of the reasons of a reflection."),
  settled: flag().default(true).describe("Whether the judge is told which tokens of a preview are settled."),
  averageDecay: within(0, 0.99999)
    .default(0.99)
    .describe("Decay of the moving average of the weights, which is then what is kept; 0 for none."),
  threads: whole(1, MOST.threads)
    .nullable()
    .default(null)
    .meta(aside("CPU threads; null leaves it to torch.")),
  device: oneOf(["cpu", "cuda", "auto"])
    .default("cpu")
    .describe("Where to train; auto takes a graphics card where there is one."),
  checkpointEvery: whole(1, MOST.optimizerSteps)
    .default(200)
    .meta(aside("Optimizer steps between resumable states.")),
});

export const judgeTrainingSchema = judgeTrainingFields.prefault({}).describe("One training of a judge.");

export const tuningTrainingSchema = judgeTrainingFields
  .extend({
    steps: whole(1, MOST.optimizerSteps).default(150).describe("Optimizer steps."),
    learningRate: positive(MOST.strength).default(1e-4).describe("Peak of the cosine schedule."),
  })
  .prefault({})
  .describe("As any training of a judge; one that has learned already takes fewer and smaller steps.");

export type JudgeTrainingConfig = z.output<typeof judgeTrainingSchema>;
