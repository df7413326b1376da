import { z } from "zod";
import { TASKS } from "../../records/prompt.js";
import { MOST } from "../limits.js";
import { execution } from "./execution.js";
import { list, oneOf, positive, section, seed, share, text, whole, within } from "./fields.js";
import { images } from "./images.js";
import { judges } from "./judges.js";
import { models, SCHEDULERS } from "./models.js";
import { SAMPLER_DEFAULTS } from "./sampler-defaults.js";
import { verifier } from "./verifier.js";

const sampler = section({
  steps: whole(1, MOST.decodingSteps).default(SAMPLER_DEFAULTS.steps).describe("Decoding steps of a path."),
  guidanceScale: within(0, MOST.strength)
    .default(SAMPLER_DEFAULTS.guidanceScale)
    .describe(
      "Classifier-free guidance: of masked-token generators g in (1 + g) * conditional - g * unconditional, of the others s in unconditional + s * (conditional - unconditional).",
    ),
  temperature: within(0, MOST.strength)
    .default(SAMPLER_DEFAULTS.temperature)
    .describe(
      "Gumbel temperature of confidence re-masking at step 0; of next-token generators what logits are divided by, 0 for the likeliest code. Of no meaning to pictures that are denoised, where it is 0.",
    ),
  topK: whole(1, MOST.codes)
    .nullable()
    .optional()
    .describe("Of next-token generators: likeliest codes that the next one is drawn among; null among all."),
  topP: positive(1)
    .optional()
    .describe("Of next-token generators: share of the probability that the next one is drawn among."),
  preview: oneOf(["drawn", "completed"])
    .optional()
    .describe(
      "Of next-token generators: what a path shows midway, its rows with the others grey, or the likeliest image that they begin.",
    ),
  scheduler: oneOf(SCHEDULERS)
    .optional()
    .describe(
      "Of diffusers' pipelines: what takes a path from step to step; pipeline is the one in the model's folder.",
    ),
  width: whole(8, MOST.imageSide)
    .nullable()
    .optional()
    .describe("Of diffusers' pipelines: width of the pictures in pixels; null is the model's own."),
  height: whole(8, MOST.imageSide).nullable().optional().describe("The same of their height."),
  slots: whole(1, MOST.batch)
    .default(8)
    .describe("Paths advanced together in one forward pass; the images do not depend on it."),
})
  .prefault({})
  .describe("How candidates and evaluation images are sampled.");

const promptFile = text("the path of a prompt file (plain lines or GenEval JSONL)");
const prompts = section({
  train: section({
    file: promptFile.default("data/prompts/train.jsonl").describe("The prompt file."),
    limit: whole(1, MOST.prompts)
      .nullable()
      .default(null)
      .describe("Prompts read from the file, spread evenly over the tasks; null reads all."),
  })
    .prefault({})
    .describe("Prompts that candidates are sampled for."),
  heldOut: section({
    file: promptFile.default("data/prompts/held-out.jsonl").describe("The prompt file."),
    limit: whole(1, MOST.prompts)
      .nullable()
      .default(null)
      .describe("Prompts read from the file, spread evenly over the tasks; null reads all."),
    validationShare: share()
      .default(0.25)
      .describe(
        "Share of each task's prompts that decide promotion; the others are kept for the final evaluation.",
      ),
  })
    .prefault({})
    .describe(
      "Prompts no combination of which occurs in training. Validation and evaluation share none of them.",
    ),
})
  .prefault({})
  .describe("What is drawn.");

const OWN_CHECKPOINTS = ["all", "first", "last", "first-and-last", "promoted"] as const;

const row = section({
  verifier: verifier.describe("How the image of each is chosen."),
  label: text("a name, or null")
    .nullable()
    .default(null)
    .describe("How tables name it after the checkpoint; null takes the verifier's own name."),
  checkpoints: z
    .union([z.enum(OWN_CHECKPOINTS), section({ fixed: text("a checkpoint") })], {
      error: `${OWN_CHECKPOINTS.map((name) => `"${name}"`).join(", ")} or { fixed: CHECKPOINT }`,
    })
    .default("all")
    .describe(
      'Which checkpoints have this row: every one, the base, the last round\'s, both, or the last promoted; or one that the run does not make, by name, id, folder or "RUN/round-K".',
    ),
});

const gate = section({
  rule: oneOf(["not-below-parent", "always-promote"])
    .default("not-below-parent")
    .describe(
      "Whether a round below its parent on the validation prompts is promoted: it is kept and shown, but the next round starts from the parent.",
    ),
  images: images.default({ perTask: 60 }).describe("Validation images of each checkpoint."),
})
  .prefault({})
  .describe("What decides whether a round's checkpoint is promoted.");

const leaks = section({
  rule: oneOf(["refuse", "report"])
    .default("refuse")
    .describe("Whether a run whose evaluation leaks does not start, or starts and says so in its report."),
  allowedTasks: list(oneOf(TASKS), "tasks")
    .default(["single_object"])
    .describe("Tasks with too few combinations to be kept apart."),
})
  .prefault({})
  .describe(
    "What evaluation prompts may share with training prompts: objects, counts, colours and relation, in whatever words.",
  );

const evaluation = section({
  images: images.default({ perTask: 170 }).describe("Evaluation images of each row."),
  rows: list(row, "rows", { least: 1, most: MOST.rows })
    .prefault([
      { verifier: { kind: "none" }, checkpoints: "all" },
      { verifier: { kind: "orm", n: 8 }, checkpoints: "first-and-last" },
    ])
    .describe("Rows of the table."),
  leaks,
  compare: oneOf(["all", "with-first"])
    .default("all")
    .describe(
      "Whether each row is compared with every earlier one, or with the first alone, where rows are many.",
    ),
  resamples: whole(100, MOST.resamples)
    .default(10_000)
    .describe("Bootstrap resamples behind every interval."),
})
  .prefault({})
  .describe("The table that a run ends with.");

const NAME = "lower-case letters, digits and dashes";

/** Everything but the rounds, which `freezeConfig` settles on their own. */
export const runSchema = section({
  name: z
    .string({ error: NAME })
    .regex(/^[a-z0-9][a-z0-9-]*$/, { error: NAME })
    .max(MOST.name, { error: `${NAME}, at most ${MOST.name} of them` })
    .describe("Names the run in the workspace and its reports."),
  seed: seed().default(0).describe("Every random choice of the run follows from it."),
  models,
  judges,
  sampler,
  prompts,
  gate,
  evaluation,
  results: text("a file path")
    .nullable()
    .default(null)
    .describe("File that also receives the final summary; null writes only to the workspace's reports."),
  shardImages: whole(1, MOST.shardImages)
    .default(256)
    .describe("Images of one shard: the most work lost when the process is killed."),
  failedVerdicts: share()
    .default(0.05)
    .describe("Largest share of one round's images whose verdicts may fail before the run stops."),
  execution,
});

export type RowConfig = z.output<typeof row>;
export type SamplerConfig = z.output<typeof sampler>;
