import { z } from "zod";
import { QUESTIONS } from "../../records/verdict.js";
import { mark } from "./candidates.js";
import { pairRow } from "./pairs.js";

const detection = z.object({
  class: z.string(),
  box: z.tuple([z.number(), z.number(), z.number(), z.number()]).describe("x1, y1, x2, y2 in pixels, y down"),
  score: z.number(),
  color: z.string(),
});

/** All that is known of one candidate. */
export const picture = z.object({
  id: z.string(),
  prompt: z.object({ id: z.string(), text: z.string(), task: z.string().nullable() }),
  source: z.object({ id: z.string(), name: z.string() }),
  seed: z.number().nullable(),
  status: z.enum(["finished", "dropped"]),
  reason: z.string().describe("why it was dropped; empty when finished"),
  steps: z.number(),
  settings: z.record(z.string(), z.unknown()).nullable(),
  forks: z.array(z.object({ step: z.number(), remask: z.number(), seed: z.number() })),
  size: z.object({ width: z.number(), height: z.number() }).nullable().describe("of a picture, in pixels"),
  file: z.string().nullable().describe("of a picture: where its bytes lie"),
  metadata: z.record(z.string(), z.unknown()).describe("what a picture's source says of it"),
  verdicts: z.array(
    z.object({
      judge: z.string(),
      judgeName: z.string(),
      question: z.enum(QUESTIONS),
      wording: z.string().nullable().describe("the words of the question, where the judge is asked in words"),
      step: z.number(),
      kind: z.enum(["scored", "not-ready", "failed"]),
      score: z.number().nullable(),
      reason: z.string().nullable(),
      parts: z.array(z.object({ name: z.string(), score: z.number() })),
    }),
  ),
  evaluations: z.array(
    z.object({
      stage: z.string(),
      label: z.string(),
      decidedBy: z.string(),
      correct: z.boolean(),
      reason: z.string(),
      score: z.number().nullable(),
      heldOutScore: z.number().nullable(),
      detections: z.array(detection),
    }),
  ),
  pairs: z.array(pairRow),
  alike: z.array(z.string()).describe("other candidates of the same image"),
  marks: z.array(mark),
  commands: z.object({ show: z.string(), replay: z.string().nullable() }),
});

export type Picture = z.infer<typeof picture>;
