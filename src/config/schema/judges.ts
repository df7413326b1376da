import { z } from "zod";
import { ConfigError } from "../../errors.js";
import { secretIn } from "../../machine/secrets.js";
import { faultsOf } from "../faults.js";
import { MOST } from "../limits.js";
import { aside, oneOf, section, share, text, whole, within } from "./fields.js";

const NAME = "a name of lower-case letters, digits and dashes";
const name = () =>
  z
    .string({ error: NAME })
    .regex(/^[a-z0-9][a-z0-9-]*$/, { error: NAME })
    .max(MOST.name, { error: `${NAME}, at most ${MOST.name} of them` })
    .describe("What `models.judge`, `judges` of a verifier and `--judge` name it by.");

const questions = () =>
  text("the path of a JSON file, or null")
    .nullable()
    .default(null)
    .describe("JSON file of what is asked and in which words (docs/judges.md); null takes ours.");

const sent = {
  imageSide: whole(16, MOST.imageSide)
    .default(768)
    .describe(
      "Pictures are scaled down until neither side is longer, in pixels; smaller ones are sent as they are.",
    ),
  imageFormat: oneOf(["png", "jpeg"]).default("png").describe("How pictures are sent: jpeg is smaller."),
};

const ADDRESS = "an address that begins with http:// or https:// and holds no password or key";

/** Of whoever is reached over the network. */
const called = {
  url: text(ADDRESS)
    .regex(/^https?:\/\/[^\s/@]+(\/\S*)?$/, { error: ADDRESS })
    .refine((url) => secretIn(url) === undefined, { error: ADDRESS })
    .describe("Where it answers."),
  key: text("the name of an environment variable, or null")
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: "the name of an environment variable, never the key itself" })
    .nullable()
    .default(null)
    .meta(
      aside("Environment variable that holds the key; null sends none. The key itself is written nowhere."),
    ),
  concurrency: whole(1, MOST.concurrency)
    .default(8)
    .meta(aside("Calls under way together at most; halved whenever the server has too many.")),
  timeout: within(0.01, 3600).default(120).meta(aside("Seconds until a call without an answer is given up.")),
  attempts: whole(1, MOST.attempts)
    .default(4)
    .meta(aside("Tries of a call that broke off, timed out or met a fault of the server.")),
  pause: within(0, 60)
    .default(1)
    .meta(aside("Seconds before the second try; each further pause is twice as long.")),
  patience: within(0, 86_400)
    .default(600)
    .meta(aside("Seconds that one call waits at most for a server that says how long (Retry-After).")),
};

const money = () => within(0, MOST.strength).default(0);
const paid = {
  prices: section({
    input: money().describe("Of a million tokens read, pictures among them."),
    output: money().describe("Of a million tokens written."),
    call: money().describe("Of a call."),
  })
    .prefault({})
    .meta(aside("What it costs, in one currency.")),
  expected: section({
    input: whole(0, MOST.calls).default(1500).describe("Tokens read."),
    output: whole(0, MOST.calls).default(16).describe("Tokens written."),
  })
    .prefault({})
    .meta(
      aside("What a call takes: for the plan, and kept back from the budget until a dearer one was seen."),
    ),
  budget: section({
    money: within(0, 1e9).nullable().default(null).describe("In the currency of the prices."),
    calls: whole(0, MOST.calls).nullable().default(null).describe("Calls, tries among them."),
  })
    .prefault({})
    .meta(
      aside(
        "What it may take in one workspace, over all runs; it stops before it is passed. null does not limit it.",
      ),
    ),
};

const http = section({
  name: name(),
  kind: z
    .literal("http")
    .describe(
      "A model behind an address that speaks OpenAI's chat completions, such as http://localhost:8000/v1.",
    ),
  model: text("the model's name, as the server knows it").describe(
    "The model's name, as the server knows it.",
  ),
  questions: questions(),
  ...sent,
  read: oneOf(["logprobs", "samples", "number"])
    .default("logprobs")
    .describe(
      "Where P(yes) comes from: the first answer token's likeliest words, the share among sampled answers, or a number that the model writes.",
    ),
  fallback: oneOf(["samples", "number"])
    .nullable()
    .default(null)
    .describe("What is done where the server gives no logprobs; with null such verdicts fail."),
  topLogprobs: whole(1, 1000).default(20).describe("Likeliest words that are asked for; OpenAI gives 20."),
  leastMass: share()
    .default(0.05)
    .describe("Probability that the expected words must have together: below it the verdict fails."),
  samples: whole(1, 1000).default(5).describe("Answers that are sampled."),
  temperature: within(0, 2).default(1).describe("Of sampled answers; all others are asked for at 0."),
  tokenLimit: oneOf(["max_tokens", "max_completion_tokens"])
    .default("max_tokens")
    .describe("What the server calls the limit of an answer."),
  ...called,
  ...paid,
});

const service = section({
  name: name(),
  kind: z
    .literal("service")
    .describe(
      "A scoring service: it is sent pictures and prompts, and answers with scores (docs/judges.md).",
    ),
  ...sent,
  batch: whole(1, MOST.batch).default(8).meta(aside("Pictures of one call.")),
  ...called,
  ...paid,
});

const transformers = section({
  name: name(),
  kind: z
    .literal("transformers")
    .describe("Any vision-language model of transformers, on this machine, in a process of its own."),
  model: text("a folder, or a name on the Hub").describe("A folder, or a name on the Hub."),
  questions: questions(),
  ...sent,
  topLogprobs: http.shape.topLogprobs,
  leastMass: http.shape.leastMass,
  device: oneOf(["auto", "cpu", "cuda"])
    .default("auto")
    .meta(aside("Where it runs; auto takes a graphics card where there is one.")),
  dtype: oneOf(["float32", "bfloat16"]).default("float32").describe("Its numbers."),
});

const python = section({
  name: name(),
  kind: z
    .literal("python")
    .describe(
      "A function of your own in Python: lists of PIL images and of prompts in, a number of 0 to 1 for each out.",
    ),
  function: text("MODULE:FUNCTION")
    .regex(/^[\w.]+:\w+$/, { error: "MODULE:FUNCTION" })
    .describe("Where it is: MODULE:FUNCTION."),
  folder: text("a folder").default(".").describe("Folder that the module lies in."),
  batch: whole(1, MOST.batch).default(8).meta(aside("Pictures of one call.")),
});

const typescript = section({
  name: name(),
  kind: z
    .literal("typescript")
    .describe("An object of your own with the seam `Judge`, which a file exports."),
  file: text("the path of a .ts or .js file").describe(
    "The file, .ts or .js; in a pipeline that has the object itself, `import.meta.filename`.",
  ),
  export: text("the name of an export")
    .default("default")
    .meta(aside("Under which name the file exports it.")),
});

const judge = z.discriminatedUnion("kind", [http, service, transformers, python, typescript], {
  error:
    '{ name, kind, ... } with kind "http" (url, model), "service" (url), "transformers" (model), "python" (function) or "typescript" (file)',
});

/** Who looks at pictures, apart from the family that draws them. */
export const judges = z
  .array(judge, { error: `a list of at most ${MOST.judges} judges` })
  .max(MOST.judges, { error: `a list of at most ${MOST.judges} judges` })
  .default([])
  .describe("Judges of their own, by name: whatever draws the pictures, each of them can look.");

export type JudgeConfig = z.output<typeof judge>;
export type HttpJudgeConfig = z.output<typeof http>;
export type ServiceJudgeConfig = z.output<typeof service>;
export type TransformersJudgeConfig = z.output<typeof transformers>;
export type PythonJudgeConfig = z.output<typeof python>;
export type TypeScriptJudgeConfig = z.output<typeof typescript>;
/** What those have that are reached over the network. */
export type CalledJudgeConfig = HttpJudgeConfig | ServiceJudgeConfig;

const OPTIONS = new Map(judge.options.map((option) => [option.shape.kind.value as string, option]));

/** A judge without what changes no answer: how patiently it is asked, and what it costs. */
export function decidingJudge(config: JudgeConfig): Readonly<Record<string, unknown>> {
  const shape = OPTIONS.get(config.kind)?.shape as Readonly<Record<string, z.ZodType>>;
  const decides = ([key]: [string, unknown]) => shape[key]?.meta()?.["decides"] !== false;
  return Object.fromEntries(Object.entries(config).filter(decides));
}

/** Settles a judge's settings on their own, as a file has them; `name` unless they say one. Throws ConfigError with all faults. */
export function freezeJudge(input: unknown, unnamed: string, source: string): JudgeConfig {
  const isObject = typeof input === "object" && input !== null && !Array.isArray(input);
  const given = isObject ? { name: unnamed, ...input } : input;
  const parsed = judge.safeParse(given);
  if (parsed.success) return parsed.data;
  const faults = faultsOf(parsed.error, given, judge, "").map(({ message }) => message);
  throw new ConfigError(`${faults.join("\n")} (${source})`);
}
