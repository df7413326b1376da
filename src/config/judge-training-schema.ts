import type { z } from "zod";
import { flag, oneOf, positive, section, share, whole, within } from "./fields.js";
import { MOST } from "./limits.js";

/** One training of a judge, as the Python trainer takes it. */
const fields = section({
  /** Optimizer steps. */
  steps: whole(1, MOST.optimizerSteps).default(1000),
  /** Samples an optimizer step, eight of a prompt. */
  batch: whole(1, MOST.batch).default(96),
  /** Peak of the cosine schedule. */
  learningRate: positive(MOST.strength).default(1e-3),
  /** Share of the steps over which the rate rises from 0. */
  warmupShare: share().default(0.05),
  /** Weight of ranking the answers within a prompt, beside answering each. */
  rankingWeight: within(0, MOST.strength).default(0.5),
  /** Weight of the reasons of a reflection. */
  reasonWeight: within(0, MOST.strength).default(0.2),
  /** Whether the judge is told which tokens of a preview are settled. */
  settled: flag().default(true),
  /** Decay of the moving average of the weights, which is then what is kept; 0 for none. */
  averageDecay: within(0, 0.99999).default(0.99),
  /** CPU threads; null leaves it to torch. */
  threads: whole(1, MOST.threads).nullable().default(null),
  device: oneOf(["cpu", "cuda", "auto"]).default("cpu"),
  /** Optimizer steps between resumable states. */
  checkpointEvery: whole(1, MOST.optimizerSteps).default(200),
});

export const judgeTrainingSchema = fields.prefault({});

/** The same for a judge that has learned already: fewer and smaller steps. */
export const tuningTrainingSchema = fields
  .extend({
    steps: whole(1, MOST.optimizerSteps).default(150),
    learningRate: positive(MOST.strength).default(1e-4),
  })
  .prefault({});

export type JudgeTrainingConfig = z.output<typeof judgeTrainingSchema>;
