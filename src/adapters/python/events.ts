import { z } from "zod";

const text = z.string();
const folder = z.string().min(1);
const hash = z.string().regex(/^[0-9a-f]{64}$/, "expected a sha256 in hex");
const count = z.int().nonnegative();
/** A measured number; null where Python had none (NaN or an infinity). */
const measure = z.number().nullable();
const event = <const Name extends string, Shape extends z.ZodRawShape>(name: Name, shape: Shape) =>
  z.strictObject({ event: z.literal(name), ...shape });

/** Every event of the worker; `espalier_torch.protocol.EVENTS` is its other half, test/contract holds both to it. */
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
  }),
  event("checkpoint-end", { step: count, folder }),
  event("stop-end", { step: count, reason: text }),
  event("train-end", { step: count, folder, identity: hash }),
  event("export-end", { folder, files: z.array(text) }),
  event("probe-end", {
    python: text,
    torch: text,
    onnx: text,
    cores: count,
    threads: count,
    memory_mb: count,
    cuda: z.array(text),
  }),
  event("error", { type: text, message: text, log: z.array(text) }),
]);

export type WorkerEvent = z.output<typeof workerEventSchema>;
export type WorkerEventName = WorkerEvent["event"];
export type EventOf<Name extends WorkerEventName> = Extract<WorkerEvent, { event: Name }>;

/** Reads one line of the worker's standard output. Throws an Error that says what is wrong with it. */
export function parseEvent(line: string): WorkerEvent {
  const checked = workerEventSchema.safeParse(parseJson(line));
  if (checked.success) return checked.data;
  const faults = checked.error.issues.map((issue) => `${issue.path.join(".") || "line"}: ${issue.message}`);
  throw new Error(`it sent an event that breaks the protocol (${faults.join("; ")}): ${shortened(line)}`);
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new Error(`it sent a line that is not JSON: ${shortened(line)}`, { cause });
  }
}

function shortened(line: string): string {
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}
