import { z } from "zod";
import { cutSchema } from "../../records/cut.js";
import { event, eventIn, hash } from "./event-line.js";

const count = z.int().positive();
const seconds = z.number().nonnegative();
const detection = z.strictObject({
  class: z.string(),
  box: z.tuple([z.number(), z.number(), z.number(), z.number()]),
  score: z.number().min(0).max(1),
  color: z.string(),
});
const serveEvent = <const Name extends string, Shape extends z.ZodRawShape>(name: Name, shape: Shape) =>
  event(name, { ...shape, cut: z.array(cutSchema).optional() });

/** Every event of a serving worker. Any may say what was `cut`. */
export const serveEventSchema = z.discriminatedUnion("event", [
  serveEvent("open-end", {
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
  serveEvent("open-detector-end", { detector: hash, classes: z.array(z.string()), device: z.string() }),
  serveEvent("encode-end", { output: z.string(), seconds }),
  serveEvent("identify-end", { identity: hash, questions: z.array(z.string()), seconds }),
  serveEvent("encode-text-end", { rows: z.array(z.array(z.int().nonnegative())), seconds }),
  serveEvent("draw-end", { output: z.string(), seconds }),
  serveEvent("complete-end", { output: z.string(), seconds }),
  serveEvent("decode-end", { output: z.string(), seconds }),
  serveEvent("ask-end", { scores: z.array(z.array(z.number().nullable())), seconds }),
  serveEvent("detect-end", { detections: z.array(z.array(detection)), seconds }),
  serveEvent("open-drawer-end", {
    generator: hash,
    evaluations_a_step: count,
    width: count.nullable(),
    height: count.nullable(),
    device: z.string(),
    dtype: z.string(),
  }),
  serveEvent("paths-open-end", { seconds }),
  serveEvent("paths-advance-end", { seconds }),
  serveEvent("paths-fork-end", { seconds }),
  serveEvent("paths-show-end", { output: z.string(), seconds }),
  serveEvent("paths-drop-end", { seconds }),
  serveEvent("open-judge-end", { judge: hash, questions: z.array(z.string()) }),
  serveEvent("judge-pictures-end", { scores: z.array(z.array(z.number().nullable())), seconds }),
  serveEvent("error", { type: z.string(), message: z.string(), log: z.array(z.string()) }),
]);

export type ServeEvent = z.output<typeof serveEventSchema>;
export type ServeEventOf<Name extends ServeEvent["event"]> = Extract<ServeEvent, { event: Name }>;
export type Opened = ServeEventOf<"open-end">;
export type DrawerOpened = ServeEventOf<"open-drawer-end">;
export type DetectorOpened = ServeEventOf<"open-detector-end">;

/** Reads one line of the worker's standard output. Throws an Error that says what is wrong with it. */
export function parseServeEvent(line: string): ServeEvent {
  return eventIn(serveEventSchema, line);
}
