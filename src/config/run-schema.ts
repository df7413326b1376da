import { z } from "zod";
import { TASKS } from "../records/prompt.js";
import { execution } from "./execution-schema.js";
import { list, oneOf, section, seed, share, text, whole, within } from "./fields.js";
import { images } from "./images-schema.js";
import { MOST } from "./limits.js";
import { models } from "./models-schema.js";
import { SAMPLER_DEFAULTS } from "./sampler-defaults.js";
import { verifier } from "./verifier-schema.js";

const sampler = section({
  /** Decoding steps of a path. */
  steps: whole(1, MOST.decodingSteps).default(SAMPLER_DEFAULTS.steps),
  guidanceScale: within(0, MOST.strength).default(SAMPLER_DEFAULTS.guidanceScale),
  /** Gumbel temperature of confidence re-masking at step 0. */
  temperature: within(0, MOST.strength).default(SAMPLER_DEFAULTS.temperature),
  /** Paths advanced together in one forward pass; the images do not depend on it. */
  slots: whole(1, MOST.batch).default(8),
}).prefault({});

const promptFile = text("the path of a prompt file (plain lines or GenEval JSONL)");
const prompts = section({
  /** Prompts that candidates are sampled for. */
  train: section({
    file: promptFile.default("data/prompts/train.jsonl"),
    /** Prompts read from the file, spread evenly over the tasks; null reads all. */
    limit: whole(1, MOST.prompts).nullable().default(null),
  }).prefault({}),
  /** Prompts no combination of which occurs in training. Validation and evaluation share none of them. */
  heldOut: section({
    file: promptFile.default("data/prompts/held-out.jsonl"),
    limit: whole(1, MOST.prompts).nullable().default(null),
    /** Share of each task's prompts that decide promotion; the others are kept for the final evaluation. */
    validationShare: share().default(0.25),
  }).prefault({}),
}).prefault({});

const OWN_CHECKPOINTS = ["all", "first", "last", "first-and-last", "promoted"] as const;

const row = section({
  verifier,
  /** How tables name it after the checkpoint; null takes the verifier's own name. */
  label: text("a name, or null").nullable().default(null),
  /**
   * Which checkpoints have this row: every one, the base, the last round's, both, or the last promoted; or one that the
   * run does not make, by name, id, folder or "RUN/round-K".
   */
  checkpoints: z
    .union([z.enum(OWN_CHECKPOINTS), section({ fixed: text("a checkpoint") })], {
      error: `${OWN_CHECKPOINTS.map((name) => `"${name}"`).join(", ")} or { fixed: CHECKPOINT }`,
    })
    .default("all"),
});

/** A round below its parent on the validation prompts is kept and shown, but the next round starts from the parent. */
const gate = section({
  rule: oneOf(["not-below-parent", "always-promote"]).default("not-below-parent"),
  /** Validation images of each checkpoint. */
  images: images.default({ perTask: 60 }),
}).prefault({});

/** What evaluation prompts may share with training prompts: objects, counts, colours and relation, in whatever words. */
const leaks = section({
  /** Whether a run whose evaluation leaks does not start, or starts and says so in its report. */
  rule: oneOf(["refuse", "report"]).default("refuse"),
  /** Tasks with too few combinations to be kept apart. */
  allowedTasks: list(oneOf(TASKS), "tasks").default(["single_object"]),
}).prefault({});

const evaluation = section({
  images: images.default({ perTask: 170 }),
  rows: list(row, "rows", { least: 1, most: MOST.rows }).prefault([
    { verifier: { kind: "none" }, checkpoints: "all" },
    { verifier: { kind: "orm", n: 8 }, checkpoints: "first-and-last" },
  ]),
  leaks,
  /** Whether each row is compared with every earlier one, or with the first alone, where rows are many. */
  compare: oneOf(["all", "with-first"]).default("all"),
  /** Bootstrap resamples behind every interval. */
  resamples: whole(100, MOST.resamples).default(10_000),
}).prefault({});

const NAME = "lower-case letters, digits and dashes";

/** Everything but the rounds, which `freezeConfig` settles on their own. */
export const runSchema = section({
  /** Names the run in the workspace and its reports. */
  name: z
    .string({ error: NAME })
    .regex(/^[a-z0-9][a-z0-9-]*$/, { error: NAME })
    .max(MOST.name, { error: `${NAME}, at most ${MOST.name} of them` }),
  /** Every random choice of the run follows from it. */
  seed: seed().default(0),
  models,
  sampler,
  prompts,
  gate,
  evaluation,
  /** File that also receives the final summary; null writes only to the workspace's reports. */
  results: text("a file path").nullable().default(null),
  /** Images of one shard: the most work lost when the process is killed. */
  shardImages: whole(1, MOST.shardImages).default(256),
  /** Largest share of one round's images whose verdicts may fail before the run stops. */
  failedVerdicts: share().default(0.05),
  execution,
});

export type RowConfig = z.output<typeof row>;
export type SamplerConfig = z.output<typeof sampler>;
