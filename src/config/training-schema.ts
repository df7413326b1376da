import type { z } from "zod";
import { flag, list, oneOf, positive, section, share, text, whole, within } from "./fields.js";
import { MOST } from "./limits.js";
import { refusedTraining } from "./refused-training.js";

const weight = () => positive(MOST.strength).optional();
/**
 * Named losses and their weights; DPO with a share of SFT is { sigmoid: 1, sft: 0.5 }. The names are TRL's;
 * sigmoid_smoothed, ipo_unnormalised and bco_pair_centred are what TRL before 1.0 meant by the first part of the name.
 * Two hold the policy where it is right: sft, the masked-token likelihood of the chosen (RPO, arXiv 2404.19733), and dpop,
 * which costs only what the chosen has lost against the reference (DPO-Positive, arXiv 2402.13228).
 */
const losses = section({
  sigmoid: weight(),
  sigmoid_smoothed: weight(),
  robust: weight(),
  hinge: weight(),
  ipo: weight(),
  ipo_unnormalised: weight(),
  sigmoid_norm: weight(),
  exo_pair: weight(),
  nca_pair: weight(),
  bco_pair: weight(),
  bco_pair_centred: weight(),
  sppo_hard: weight(),
  aot: weight(),
  aot_unpaired: weight(),
  apo_zero: weight(),
  apo_down: weight(),
  discopop: weight(),
  dpop: weight(),
  sft: weight(),
})
  .refine((weights) => Object.values(weights).some((value) => value !== undefined), {
    error: "at least one loss with its weight",
  })
  .default({ sigmoid: 1 });

/** Which tokens are hidden when an image's likelihood is estimated. Chosen and rejected share their draws. */
const masks = section({
  /** Ratios as in pre-training, ratios from `lowestRatio` to 1, or the steps at which each image's own tokens were committed. */
  policy: oneOf(["random", "high-ratio", "own-path"]).default("high-ratio"),
  lowestRatio: share().default(0.75),
  /** What own-path scores: the tokens committed at the step drawn, or all that were still masked. */
  scored: oneOf(["committed", "masked"]).default("committed"),
  /** First share of the path that own-path draws steps from. */
  pathShare: positive(1).default(1),
  /** Masks of a pair in an optimizer step. */
  draws: whole(1, MOST.draws).default(2),
  /** A pair's masks are spread over the mask ratio instead of being drawn apart from each other. */
  stratified: flag().default(true),
  /** Masks come in couples of opposite ratio and positions. */
  antithetic: flag().default(false),
  shared: flag().default(true),
  /** Sets of masks in all; epochs take them in turn. */
  tables: whole(1, MOST.draws).default(4),
}).prefault({});

/** Images drawn while training, for guidance and to look at. */
const sampler = section({
  steps: whole(1, MOST.decodingSteps).default(8),
  /** 0 draws from the model itself, as reward guidance expects. */
  guidanceScale: within(0, MOST.strength).default(0),
  temperature: within(0, MOST.strength).default(1),
}).prefault({});

/** A term of the loss that raises a judge's P(yes) on images drawn while training (arXiv 2501.13926, section 3.3). */
const guidance = section({
  /** A checkpoint of the judge. */
  judge: text("a checkpoint"),
  coefficient: within(0, MOST.strength).default(0.1),
  /** Where its gradient comes from: through the drawn tokens, or from the rewards of several images of a prompt. */
  kind: oneOf(["straight-through", "score-function"]).default("straight-through"),
  question: text("a question of the judge").default("outcome"),
  /** Captions an optimizer step, of those of the pairs. */
  prompts: whole(1, MOST.batch).default(8),
  /** Images of a caption that the score function compares. */
  images: whole(2, MOST.batch).default(4),
  /** Steps of an image's path that the score function scores. */
  draws: whole(1, MOST.draws).default(2),
});

/** What is trained: all weights, or a LoRA adapter beside them. */
const adapter = section({
  rank: whole(1, MOST.rank).default(8),
  alpha: whole(1, MOST.strength).default(16),
  /** Names of linear layers; null takes those of all blocks. */
  targets: list(text("a layer's name"), "names of layers", { least: 1 }).nullable().default(null),
  /** Next round: a fresh adapter on merged weights, or this one carried on. */
  betweenRounds: oneOf(["merged", "carried"]).default("merged"),
});

/** Moves the reference towards the policy while training (TR-DPO, arXiv 2404.09656). */
const referenceSync = section({
  /** Optimizer steps between two moves. */
  every: whole(1, MOST.optimizerSteps).default(512),
  /** Share of the policy it moves by; 1 replaces it. */
  mixup: positive(1).default(0.6),
});

/** Pairs of a share of the captions, which only validate. */
const heldOut = section({
  share: within(0, 0.9).default(0),
  /** Optimizer steps between validations. */
  every: whole(1, MOST.optimizerSteps).default(50),
  /** Validations without a gain after which training stops; null goes on. */
  patience: whole(1, MOST.optimizerSteps).nullable().default(null),
  /** The checkpoint kept: the last weights, or the best on held-out pairs. */
  keep: oneOf(["last", "best"]).default("last"),
}).prefault({});

/** One DPO training, as the Python trainer takes it. */
export const trainingSchema = section({
  /** Optimizer steps; null trains `epochs` passes over the pairs. */
  steps: whole(1, MOST.optimizerSteps).nullable().default(null),
  epochs: whole(1, MOST.epochs).default(1),
  /** Pairs an optimizer step. */
  batchPairs: whole(1, MOST.batch).default(32),
  /**
   * How a step's pairs are drawn: from all pairs alike, or as many of each task (give or take one), those of tasks with
   * few pairs more often. Every pair must have a task then.
   */
  balance: oneOf(["none", "task"]).default("none"),
  /** Peak of the cosine schedule. */
  learningRate: positive(MOST.strength).default(5e-5),
  /** Share of the steps over which the rate rises from 0. */
  warmupShare: share().default(0.1),
  weightDecay: within(0, MOST.strength).default(0),
  /** Longer gradients are scaled down to this norm. */
  maximumGradientNorm: positive(MOST.strength).default(1),
  /** Strength of the pull to the reference. */
  beta: positive(MOST.strength).default(0.1),
  losses,
  /** Share of the labels assumed flipped. */
  labelSmoothing: within(0, 0.4999).default(0),
  /** What holds the policy to its reference: an f-divergence by TRL's name, and the order of the alpha ones. */
  divergence: oneOf([
    "reverse_kl",
    "forward_kl",
    "js_divergence",
    "alpha_divergence",
    "alpha_divergence_older",
  ]).default("reverse_kl"),
  divergenceAlpha: positive(MOST.strength).default(0.5),
  /** Temperature of the mixture in the loss discopop. */
  discopopTau: positive(MOST.strength).default(0.05),
  /** An image's log-probability: the sum over scored tokens, or their mean. */
  reduction: oneOf(["sum", "mean"]).default("sum"),
  masks,
  /** Share of the pairs trained without their caption, as guidance needs. */
  captionDropout: share().default(0),
  /** 0 weighs pairs alike, 1 gives every task the same weight. */
  taskBalance: share().default(0),
  /** Decay of the moving average of the weights, which is then what is kept; 0 for none. */
  averageDecay: within(0, 0.99999).default(0),
  guidance: guidance.nullable().default(null),
  sampler,
  adapter: adapter.nullable().default(null),
  referenceSync: referenceSync.nullable().default(null),
  heldOut,
  /** Training stops when the loss is so many times its start. */
  divergenceFactor: within(1, 1e9).default(10),
  /** Optimizer steps between sample images of the same captions and seeds; null draws none. */
  sampleEvery: whole(1, MOST.optimizerSteps).nullable().default(null),
  /** Captions of the sample images: enough for two verifiers to be told apart by them. A report shows six. */
  samplePrompts: whole(1, MOST.promptImages).default(48),
  /** Pairs of one forward pass, whose gradients add up; lower ones need less memory. Null takes what keeps the device busy. */
  microPairs: whole(1, MOST.batch).nullable().default(null),
  precision: oneOf(["fp32", "bf16"]).default("fp32"),
  /** Less memory for about a third more time. */
  recomputeActivations: flag().default(false),
  /** Processes of this machine that share each batch. */
  processes: whole(1, MOST.threads).default(1),
  /** What each process holds: all weights, or its share of weights and optimizer state (FSDP). */
  sharding: oneOf(["none", "full"]).default("none"),
  /** Trackers of accelerate that get the metrics too, such as "tensorboard"; none by default. */
  trackers: list(text("a tracker's name"), "names of trackers").default([]),
  /** CPU threads; null leaves it to torch. */
  threads: whole(1, MOST.threads).nullable().default(null),
  device: oneOf(["cpu", "cuda", "auto"]).default("cpu"),
  /** Optimizer steps between resumable states. */
  checkpointEvery: whole(1, MOST.optimizerSteps).default(50),
  /** Resumable states kept while training. */
  keepCheckpoints: whole(1, MOST.attempts).default(2),
})
  .superRefine((settings, context) => {
    for (const { path, expected } of refusedTraining(settings)) {
      context.addIssue({ code: "custom", path: [...path], message: expected });
    }
  })
  .prefault({});

export type TrainingConfig = z.output<typeof trainingSchema>;
