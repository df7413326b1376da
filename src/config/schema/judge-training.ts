import type { z } from "zod";
import { MOST } from "../limits.js";
import { aside, flag, section, whole, within } from "./fields.js";
import { averageDecay, device, learningRate, threads, warmupShare } from "./training-parts.js";

/** The settings of one training of a judge. */
export const judgeTrainingFields = section({
  steps: whole(1, MOST.optimizerSteps).default(1000).describe("Optimizer steps."),
  batch: whole(1, MOST.batch).default(96).describe("Samples an optimizer step, eight of a prompt."),
  learningRate: learningRate(1e-3),
  warmupShare: warmupShare(0.05),
  rankingWeight: within(0, MOST.strength)
    .default(0.5)
    .describe("Weight of ranking the answers within a prompt, beside answering each."),
  reasonWeight: within(0, MOST.strength).default(0.2).describe("Weight of the reasons of a reflection."),
  settled: flag().default(true).describe("Whether the judge is told which tokens of a preview are settled."),
  averageDecay: averageDecay(0.99),
  threads,
  device,
  checkpointEvery: whole(1, MOST.optimizerSteps)
    .default(200)
    .meta(aside("Optimizer steps between resumable states.")),
});

export const judgeTrainingSchema = judgeTrainingFields.prefault({}).describe("One training of a judge.");

export const tuningTrainingSchema = judgeTrainingFields
  .extend({
    steps: whole(1, MOST.optimizerSteps).default(150).describe("Optimizer steps."),
    learningRate: learningRate(1e-4),
  })
  .prefault({})
  .describe("As any training of a judge; one that has learned already takes fewer and smaller steps.");

export type JudgeTrainingConfig = z.output<typeof judgeTrainingSchema>;
