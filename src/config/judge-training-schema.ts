import type { z } from "zod";
import { atLeastZero, flag, oneOf, positive, section, share, wholeAtLeast, within } from "./fields.js";

/** One training of a judge, as the Python trainer takes it. */
export const judgeTrainingSchema = section({
  /** Optimizer steps. */
  steps: wholeAtLeast(1).default(1000),
  /** Samples an optimizer step, eight of a prompt. */
  batch: wholeAtLeast(1).default(96),
  /** Peak of the cosine schedule. */
  learningRate: positive().default(1e-3),
  /** Share of the steps over which the rate rises from 0. */
  warmupShare: share().default(0.05),
  /** Weight of ranking the answers within a prompt, beside answering each. */
  rankingWeight: atLeastZero().default(0.5),
  /** Weight of the reasons of a reflection. */
  reasonWeight: atLeastZero().default(0.2),
  /** Whether the judge is told which tokens of a preview are settled. */
  settled: flag().default(true),
  /** Decay of the moving average of the weights, which is then what is kept; 0 for none. */
  averageDecay: within(0, 0.99999).default(0.99),
  /** CPU threads; null leaves it to torch. */
  threads: wholeAtLeast(1).nullable().default(null),
  device: oneOf(["cpu", "cuda", "auto"]).default("cpu"),
  /** Optimizer steps between resumable states. */
  checkpointEvery: wholeAtLeast(1).default(200),
}).prefault({});

export type JudgeTrainingConfig = z.output<typeof judgeTrainingSchema>;
