import { z } from "zod";
import { atLeastZero, flag, oneOf, positive, section, share, text, wholeAtLeast, within } from "./fields.js";

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

/** The frozen model DPO measures against. `fixed` names a checkpoint; `ema` follows the policy while it trains. */
const reference = z
  .union([z.enum(["base", "previous", "ema"]), section({ fixed: text("a checkpoint") })], {
    error: '"base", "previous", "ema" or { fixed: CHECKPOINT }',
  })
  .default("previous");

const weight = () => atLeastZero().optional();
/** Named losses and their weights; DPO with a share of SFT is { sigmoid: 1, sft: 0.5 }. */
const losses = section({
  sigmoid: weight(),
  sigmoid_smoothed: weight(),
  robust: weight(),
  hinge: weight(),
  ipo: weight(),
  sft: weight(),
})
  .refine((weights) => Object.values(weights).some((value) => (value ?? 0) > 0), {
    error: "at least one loss with a weight above 0",
  })
  .default({ sigmoid: 1 });

const training = section({
  /** Optimizer steps. */
  steps: wholeAtLeast(1).default(300),
  /** Pairs per optimizer step. */
  batchSize: wholeAtLeast(1).default(32),
  learningRate: positive().default(1e-4),
  /** Strength of the pull to the reference. */
  beta: positive().default(0.1),
  losses,
  labelSmoothing: within(0, 0.499).default(0),
  /** Share of the steps in which the learning rate rises from 0; a cosine to 0 follows. */
  warmupShare: share().default(0.1),
  weightDecay: atLeastZero().default(0),
  /** Largest gradient norm; longer gradients are scaled down. */
  gradientNorm: positive().default(1),
  /** Whose tokens are masked: one random mask for both images, or each image's own sampling path. */
  masks: oneOf(["random", "path"]).default("random"),
  /** Shares of the image tokens that may be masked, lowest and highest. */
  maskRatio: z.tuple([share(), share()], { error: "[lowest, highest], both from 0 to 1" }).default([0, 1]),
  /** Masks drawn for each pair in a step. */
  maskDraws: wholeAtLeast(1).default(1),
  /** Share of the pairs trained without their text, as guidance needs. */
  captionDropout: share().default(0),
}).prefault({});

/** One round: candidates, scores, pairs, training. */
export const roundSchema = section({
  /** Training prompts of this round, spread evenly over the tasks. */
  prompts: wholeAtLeast(1).default(200),
  candidatesPerPrompt: wholeAtLeast(2).default(8),
  labels,
  mining,
  /** Balances the tasks: at most so many pairs of each; null keeps every pair. */
  pairsPerTask: wholeAtLeast(1).nullable().default(null),
  reference,
  /** Whether the pairs of earlier rounds are trained on again. */
  accumulatePairs: flag().default(false),
  training,
});

export type RoundConfig = z.output<typeof roundSchema>;
export type RoundInput = z.input<typeof roundSchema>;
export type LabelConfig = RoundConfig["labels"];
export type MiningConfig = RoundConfig["mining"];
export type ReferenceConfig = RoundConfig["reference"];
export type TrainingConfig = RoundConfig["training"];
