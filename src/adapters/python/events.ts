import { z } from "zod";
import { event, eventIn, hash } from "./event-line.js";

const text = z.string();
const folder = z.string().min(1);
const count = z.int().nonnegative();
/** A measured number; null where Python had none (NaN or an infinity). */
const measure = z.number().nullable();

/** Measured at some steps only. */
const tokenMetrics = {
  entropy: measure.optional(),
  mean_token_accuracy: measure.optional(),
  "logits/chosen": measure.optional(),
  "logits/rejected": measure.optional(),
};

/** Every event of the worker. `npm run protocol` tells Python their names and fields. */
export const workerEventSchema = z.discriminatedUnion("event", [
  event("train-start", {
    step: count,
    steps: count,
    pairs: count,
    generator: hash,
    reference: hash,
    fingerprint: hash,
    device: text,
  }),
  /** Latents and embeddings of a pair set of pictures, which are made once. */
  event("encode-delta", { done: count, total: count }),
  event("compile-end", { seconds: z.number(), failed: text.nullable() }),
  event("reference-start", { pairs: count, tables: count, cached: z.boolean() }),
  event("reference-delta", { done: count, total: count }),
  event("reference-end", { seconds: z.number() }),
  event("step-end", {
    step: count,
    steps: count,
    loss: measure,
    "rewards/chosen": measure,
    "rewards/rejected": measure,
    "rewards/margins": measure,
    "rewards/accuracies": measure,
    "logps/chosen": measure,
    "logps/rejected": measure,
    grad_norm: measure,
    learning_rate: z.number(),
    pairs_per_second: z.number(),
    seconds_left: z.number(),
    ...tokenMetrics,
    "guidance/loss": measure.optional(),
    "guidance/score": measure.optional(),
  }),
  event("validation-end", {
    step: count,
    pairs: count,
    eval_loss: measure,
    "eval_rewards/chosen": measure,
    "eval_rewards/rejected": measure,
    "eval_rewards/margins": measure,
    "eval_rewards/accuracies": measure,
    histogram: z.strictObject({
      edges: z.array(z.number()),
      chosen: z.array(z.number()),
      rejected: z.array(z.number()),
    }),
    /** Of each task that the held-out pairs hold. */
    tasks: z.record(
      text,
      z.strictObject({
        pairs: count,
        "rewards/chosen": measure,
        "rewards/margins": measure,
        "rewards/accuracies": measure,
      }),
    ),
    best_step: count,
    stops: z.boolean(),
  }),
  event("samples-end", {
    step: count,
    text: z.array(z.array(count)),
    tokens: z.array(z.array(count)),
    /** Of a generator that draws pictures, in the tokens' place. */
    prompts: z.array(text).optional(),
    pictures: z.array(text).optional(),
  }),
  event("judge-start", {
    step: count,
    steps: count,
    samples: count,
    answers: z.record(text, count),
    parents: z.array(hash),
    fingerprint: hash,
    device: text,
  }),
  event("judge-step-end", {
    step: count,
    steps: count,
    loss: measure,
    "loss/answers": measure,
    "loss/ranking": measure,
    "loss/reasons": measure,
    grad_norm: measure,
    learning_rate: z.number(),
    seconds_left: z.number(),
  }),
  event("checkpoint-end", { step: count, folder }),
  event("stop-end", { step: count, reason: text }),
  event("train-end", { step: count, folder, identity: hash }),
  event("estimate-end", {
    steps: count,
    /** Pairs of one forward pass. */
    micro_pairs: count,
    /** Of the steps and the reference's pass. */
    seconds: z.number(),
    reference_seconds: z.number(),
    memory_mb: z.number(),
    models_mb: z.number(),
    optimizer_mb: z.number(),
    activations_mb: z.number(),
    available_mb: z.number(),
  }),
  event("export-end", { folder, files: z.array(text) }),
  event("probe-end", {
    python: text,
    torch: text,
    onnx: text,
    cores: count,
    threads: count,
    memory_mb: count,
    cuda: z.array(text),
    cuda_memory_mb: z.array(count),
  }),
  event("error", { type: text, message: text, log: z.array(text) }),
]);

export type WorkerEvent = z.output<typeof workerEventSchema>;
export type WorkerEventName = WorkerEvent["event"];
export type EventOf<Name extends WorkerEventName> = Extract<WorkerEvent, { event: Name }>;

/** Reads one line of the worker's standard output. Throws an Error that says what is wrong with it. */
export function parseEvent(line: string): WorkerEvent {
  return eventIn(workerEventSchema, line);
}
