import type { z } from "zod";
import { MOST } from "../../config/limits.js";
import { aside, seed, text, whole, within } from "../../config/schema/fields.js";
import { judgeTrainingFields } from "../../config/schema/judge-training.js";
import { trainingFields } from "../../config/schema/training.js";
import { adapter, guidance } from "../../config/schema/training-parts.js";
import { maybe, place, request, texts } from "./request.js";

/** Of a training here, as pipelines say them. */
const { command: _, pairsLayout: __, ...settings } = trainingFields.shape;
const firstMoment = within(0, 0.9999).default(0.9).describe("AdamW's decay of the first moment.");
const secondMoment = (usual: number) =>
  within(0, 0.99999).default(usual).describe("AdamW's decay of the second moment.");
const out = () =>
  place().meta(aside("Folder of the checkpoint to write; must not exist, or hold this very run's result."));
const work = () => maybe().meta(aside("Folder of resumable state, of this run alone; OUT.work when absent."));

export const trainRequest = request(
  "train",
  { title: "TrainRequest", description: "One DPO run: from a generator and a pair set to a new generator." },
  {
    pairs: texts().meta(aside("Files of the pair set, Arrow streams, in order.")),
    generator: place().meta(aside("Folder of the checkpoint training starts from.")),
    out: out(),
    reference: maybe().meta(
      aside("Folder of the reference checkpoint; the starting checkpoint when absent."),
    ),
    referencePolicy: text("how the reference was chosen")
      .default("base")
      .describe("How the reference was chosen (base, previous, fixed:ID, ema); recorded."),
    round: whole(1, MOST.rounds)
      .nullable()
      .default(null)
      .describe("Round of the run this is, from 1; recorded."),
    work: work(),
    cache: maybe().meta(aside("Folder of reference log-probabilities, for many runs; WORK when absent.")),
    seed: seed().default(0).describe("Seed of the data order."),
    maskSeed: seed().default(0).describe("Seed of the masks."),
    ...settings,
    steps: whole(0, MOST.optimizerSteps)
      .nullable()
      .default(null)
      .describe("Optimizer steps; null trains `epochs` passes over the pairs, 0 leaves the weights alone."),
    adamBeta1: firstMoment,
    adamBeta2: secondMoment(0.99),
    metricsEvery: whole(1, MOST.optimizerSteps)
      .default(10)
      .meta(aside("Optimizer steps between entropy, token accuracy and logits.")),
    guidance: guidance
      .extend({ judge: place().meta(aside("Folder of the judge whose P(yes) is raised.")) })
      .nullable()
      .default(null)
      .describe(settings.guidance.description ?? ""),
    adapter: adapter
      .omit({ betweenRounds: true })
      .nullable()
      .default(null)
      .describe(settings.adapter.description ?? ""),
    adapterBase: maybe().meta(
      aside("Folder of the checkpoint below the starting one's own adapter, which is carried on then."),
    ),
    textEncoder: maybe().meta(
      aside(
        "Folder of the frozen text encoder that a generator reads captions with, where it has one apart.",
      ),
    ),
  },
);

export const estimateRequest = request(
  "estimate",
  {
    title: "EstimateRequest",
    extends: "TrainRequest",
    description: "What the training run of the same fields would need, without running it.",
  },
  {},
);

export const judgeTrainRequest = request(
  "train-judge",
  { title: "JudgeTrainRequest", description: "One training of a judge on labelled images." },
  {
    samples: texts().meta(aside("Files of the sample set, Arrow streams, in order.")),
    generator: place().meta(aside("Folder of the generator whose trunk the judge has.")),
    out: out(),
    start: maybe().meta(aside("Folder of a judge to go on from.")),
    work: work(),
    seed: seed().default(0).describe("Seed of the data order and of the read-out's first weights."),
    ...judgeTrainingFields.shape,
    weightDecay: within(0, MOST.strength).default(0.02).describe("AdamW's, on matrices only."),
    adamBeta1: firstMoment,
    adamBeta2: secondMoment(0.98),
    maximumGradientNorm: settings.maximumGradientNorm,
    imageTokenizer: maybe().meta(
      aside(
        "Folder of MAGVIT-v2: tunes the vision-language judge in `start` by LoRA, which looks at pixels.",
      ),
    ),
    questions: maybe().meta(aside("JSON file of a vision-language judge's wording; ours when absent.")),
    adapterRank: whole(1, MOST.rank).default(16).describe("Rank of its LoRA adapter."),
    adapterAlpha: whole(1, MOST.strength).default(32).describe("The adapter's scale is alpha / rank."),
    keepCheckpoints: settings.keepCheckpoints,
  },
);

export const exportRequest = request(
  "export",
  {
    title: "ExportRequest",
    description: "Writes generator.onnx into a checkpoint folder that has none.",
  },
  { generator: place().describe("Checkpoint folder of a generator.") },
);

export const probeRequest = request(
  "probe",
  { title: "ProbeRequest", description: "Asks what this machine and its Python offer." },
  {},
);

export const WORKER_REQUESTS = [
  trainRequest,
  estimateRequest,
  judgeTrainRequest,
  exportRequest,
  probeRequest,
] as const;

export type TrainRequest = z.input<typeof trainRequest>;
export type EstimateRequest = Omit<TrainRequest, "request"> & z.input<typeof estimateRequest>;
export type JudgeTrainRequest = z.input<typeof judgeTrainRequest>;
export type ExportRequest = z.input<typeof exportRequest>;
export type ProbeRequest = z.input<typeof probeRequest>;
export type WorkerRequest = TrainRequest | EstimateRequest | JudgeTrainRequest | ExportRequest | ProbeRequest;
