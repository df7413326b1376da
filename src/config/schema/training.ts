import type { z } from "zod";
import { FORMAT_NAMES } from "../formats.js";
import { MOST } from "../limits.js";
import { refusedTraining } from "../refused-training.js";
import { aside, flag, list, oneOf, positive, section, share, text, whole, within } from "./fields.js";
import {
  adapter,
  averageDecay,
  device,
  guidance,
  heldOut,
  learningRate,
  losses,
  masks,
  referenceSync,
  sampler,
  threads,
  warmupShare,
} from "./training-parts.js";

/** The settings of one DPO training, each on its own. */
export const trainingFields = section({
  command: list(text("a word of a command"), "words, a program and its arguments", { least: 1 })
    .nullable()
    .default(null)
    .describe(
      "A program that trains in place of ours, and its arguments (docs/own-trainers.md); null trains here.",
    ),
  pairsLayout: oneOf(FORMAT_NAMES)
    .default("imagefolder")
    .describe("Layout of the pairs that such a program is given, as `espalier export` writes it."),
  steps: whole(1, MOST.optimizerSteps)
    .nullable()
    .default(null)
    .describe("Optimizer steps; null trains `epochs` passes over the pairs."),
  epochs: whole(1, MOST.epochs)
    .default(1)
    .describe("Passes over the pairs, where steps do not say otherwise."),
  batchPairs: whole(1, MOST.batch).default(32).describe("Pairs an optimizer step."),
  balance: oneOf(["none", "task"])
    .default("none")
    .describe(
      "How a step's pairs are drawn: from all pairs alike, or as many of each task (give or take one), those of tasks with few pairs more often. Every pair must have a task then.",
    ),
  learningRate: learningRate(5e-5),
  warmupShare: warmupShare(0.1),
  weightDecay: within(0, MOST.strength).default(0).describe("AdamW's, on matrices only."),
  maximumGradientNorm: positive(MOST.strength)
    .default(1)
    .describe("Longer gradients are scaled down to this norm."),
  beta: positive(MOST.strength).default(0.1).describe("Strength of the pull to the reference."),
  losses,
  labelSmoothing: within(0, 0.4999).default(0).describe("Share of the labels assumed flipped."),
  divergence: oneOf([
    "reverse_kl",
    "forward_kl",
    "js_divergence",
    "alpha_divergence",
    "alpha_divergence_older",
  ])
    .default("reverse_kl")
    .describe("What holds the policy to its reference: an f-divergence by TRL's name."),
  divergenceAlpha: positive(MOST.strength).default(0.5).describe("Order of the alpha divergences."),
  discopopTau: positive(MOST.strength)
    .default(0.05)
    .describe("Temperature of the mixture in the loss discopop."),
  reduction: oneOf(["sum", "mean"])
    .default("sum")
    .describe("An image's log-probability: the sum over scored tokens, or their mean."),
  masks,
  captionDropout: share()
    .default(0)
    .describe("Share of the pairs trained without their caption, as guidance needs."),
  taskBalance: share().default(0).describe("0 weighs pairs alike, 1 gives every task the same weight."),
  averageDecay: averageDecay(0),
  guidance: guidance
    .nullable()
    .default(null)
    .describe(
      "A term of the loss that raises a judge's P(yes) on images drawn while training (arXiv 2501.13926, section 3.3).",
    ),
  sampler,
  adapter: adapter
    .nullable()
    .default(null)
    .describe("What is trained: all weights, or a LoRA adapter beside them."),
  referenceSync: referenceSync
    .nullable()
    .default(null)
    .describe("Moves the reference towards the policy while training (TR-DPO, arXiv 2404.09656)."),
  heldOut,
  divergenceFactor: within(1, 1e9)
    .default(10)
    .describe("Training stops when the loss is so many times its start."),
  sampleEvery: whole(1, MOST.optimizerSteps)
    .nullable()
    .default(null)
    .describe("Optimizer steps between sample images of the same captions and seeds; null draws none."),
  samplePrompts: whole(1, MOST.promptImages)
    .default(48)
    .describe(
      "Captions of the sample images: enough for two verifiers to be told apart by them. A report shows six.",
    ),
  microPairs: whole(1, MOST.batch)
    .nullable()
    .default(null)
    .describe(
      "Pairs of one forward pass, whose gradients add up; lower ones need less memory. Null takes what keeps the device busy.",
    ),
  precision: oneOf(["fp32", "bf16"]).default("fp32").describe("Arithmetic of the forward passes."),
  compile: oneOf(["auto", "never", "always"])
    .default("auto")
    .meta(
      aside(
        "Whether a generator's layers are compiled; auto does so on a GPU for trainings of 200 passes or more.",
      ),
    ),
  recomputeActivations: flag().default(false).describe("Less memory for about a third more time."),
  processes: whole(1, MOST.threads)
    .default(1)
    .meta(aside("Processes of this machine that share each batch.")),
  sharding: oneOf(["none", "full"])
    .default("none")
    .describe("What each process holds: all weights, or its share of weights and optimizer state (FSDP)."),
  trackers: list(text("a tracker's name"), "names of trackers")
    .default([])
    .meta(aside('Trackers of accelerate that get the metrics too, such as "tensorboard"; none by default.')),
  threads,
  device,
  checkpointEvery: whole(1, MOST.optimizerSteps)
    .default(50)
    .meta(aside("Optimizer steps between resumable states.")),
  keepCheckpoints: whole(1, MOST.attempts).default(2).meta(aside("Resumable states kept while training.")),
});

/** One DPO training: its settings, and which of them cannot be as they are beside the others. */
export const trainingSchema = trainingFields
  .superRefine((settings, context) => {
    for (const { path, expected } of refusedTraining(settings)) {
      context.addIssue({ code: "custom", path: [...path], message: expected });
    }
  })
  .prefault({})
  .describe("One DPO training.");

export type TrainingConfig = z.output<typeof trainingSchema>;
