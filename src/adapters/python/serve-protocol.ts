import { z } from "zod";
import { cutSchema } from "../../records/cut.js";

/** Loads the models of a serving worker; `espalier_torch.serving.protocol` documents and checks every field. */
export interface OpenRequest {
  /** Null for a worker that only decodes and judges. */
  readonly generator?: string | null;
  readonly text_tokenizer?: string | null;
  readonly image_tokenizer: string;
  readonly judge?: string | null;
  readonly questions?: string | null;
  readonly guidance_scale?: number;
  readonly slots?: number;
  readonly judge_batch?: number;
  readonly threads?: number | null;
  readonly device?: "cpu" | "cuda" | "auto";
  readonly dtype?: "auto" | "float32" | "bfloat16";
  readonly compile_mode?: "none" | "default" | "reduce-overhead" | "max-autotune";
}

/** Loads a detector: Mask2Former finds objects, CLIP names their colours. */
export interface OpenDetectorRequest {
  readonly objects: string;
  readonly colors: string;
  readonly color_names: readonly string[];
  readonly color_wordings: readonly string[];
  readonly batch?: number;
  readonly threads?: number | null;
  readonly device?: "cpu" | "cuda" | "auto";
}

/** Who a model on disk is, without loading it. */
export interface IdentifyRequest {
  readonly kind: "generator" | "tokenizer" | "judge";
  readonly place: string;
  /** JSON file of a judge's wording. */
  readonly questions?: string | null;
}

export type ServeRequest =
  | ({ readonly request: "open" } & OpenRequest)
  | ({ readonly request: "open-detector" } & OpenDetectorRequest)
  | ({ readonly request: "identify" } & IdentifyRequest)
  | { readonly request: "encode-text"; readonly texts: readonly string[] }
  | { readonly request: "encode"; readonly input: string; readonly output: string }
  | {
      readonly request: "draw";
      readonly texts: readonly string[];
      readonly input: string;
      readonly output: string;
    }
  | { readonly request: "decode"; readonly input: string; readonly output: string }
  | {
      readonly request: "ask";
      readonly questions: readonly string[];
      readonly prompts: readonly string[];
      readonly input: string;
    }
  | { readonly request: "detect"; readonly input: string; readonly above: number };

const hash = z.string().regex(/^[0-9a-f]{64}$/, "expected a sha256 in hex");
const count = z.int().positive();
const seconds = z.number().nonnegative();
const detection = z.strictObject({
  class: z.string(),
  box: z.tuple([z.number(), z.number(), z.number(), z.number()]),
  score: z.number().min(0).max(1),
  color: z.string(),
});
const event = <const Name extends string, Shape extends z.ZodRawShape>(name: Name, shape: Shape) =>
  z.strictObject({ event: z.literal(name), ...shape, cut: z.array(cutSchema).optional() });

/** Every event of a serving worker; `espalier_torch.serving.protocol.EVENTS` is its other half. Any may say what was `cut`. */
export const serveEventSchema = z.discriminatedUnion("event", [
  event("open-end", {
    generator: hash.nullable(),
    image_tokenizer: hash,
    judge: hash.nullable(),
    questions: z.array(z.string()),
    image_tokens: count.nullable(),
    codebook_size: count,
    image_side: count.nullable(),
    evaluations_a_step: count.nullable(),
    slots: count,
    device: z.string(),
    dtype: z.string(),
  }),
  event("open-detector-end", { detector: hash, classes: z.array(z.string()), device: z.string() }),
  event("encode-end", { output: z.string(), seconds }),
  event("identify-end", { identity: hash, questions: z.array(z.string()), seconds }),
  event("encode-text-end", { rows: z.array(z.array(z.int().nonnegative())), seconds }),
  event("draw-end", { output: z.string(), seconds }),
  event("decode-end", { output: z.string(), seconds }),
  event("ask-end", { scores: z.array(z.array(z.number().nullable())), seconds }),
  event("detect-end", { detections: z.array(z.array(detection)), seconds }),
  event("error", { type: z.string(), message: z.string(), log: z.array(z.string()) }),
]);

export type ServeEvent = z.output<typeof serveEventSchema>;
export type ServeEventOf<Name extends ServeEvent["event"]> = Extract<ServeEvent, { event: Name }>;
export type Opened = ServeEventOf<"open-end">;
export type DetectorOpened = ServeEventOf<"open-detector-end">;

/** Reads one line of the worker's standard output. Throws an Error that says what is wrong with it. */
export function parseServeEvent(line: string): ServeEvent {
  let raw: unknown;
  try {
    raw = JSON.parse(line);
  } catch (cause) {
    throw new Error(`it sent a line that is not JSON: ${line.slice(0, 200)}`, { cause });
  }
  const checked = serveEventSchema.safeParse(raw);
  if (checked.success) return checked.data;
  const faults = checked.error.issues.map((issue) => `${issue.path.join(".") || "line"}: ${issue.message}`);
  throw new Error(`it sent an event that breaks the protocol (${faults.join("; ")}): ${line.slice(0, 200)}`);
}
