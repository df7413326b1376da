import { z } from "zod";
import { PART, partOf } from "./parts.js";

/** Evaluations that can be set against each other. */
export const evaluations = z.object({
  evaluations: z.array(
    z.object({
      stage: z.string(),
      run: z.string(),
      round: z.number(),
      label: z.string(),
      checkpoint: z.string(),
      checkpointName: z.string(),
      selection: z.string().describe("how one image a sample was picked"),
      decidedBy: z.string(),
      promptSet: z.string().describe("the same for evaluations of the same prompts"),
      images: z.number(),
    }),
  ),
});

export const flipFilter = {
  from: z.string().describe("stage id of an evaluation"),
  to: z.string().describe("stage id of another one of the same prompts"),
  kind: z.enum(["flips", "lost", "won", "both-wrong", "both-right"]).optional(),
  task: z.string().optional().describe("of the prompt; empty for none"),
  text: z.string().max(200).optional().describe("anywhere in the prompt"),
  reason: z.string().max(200).optional().describe("anywhere in why one of the two is wrong"),
};

export const flipQuery = z.object({
  ...flipFilter,
  order: z.enum(["prompt", "most-lost", "most-won"]).default("prompt"),
  ...PART,
});

const side = z.object({
  candidateId: z.string(),
  correct: z.boolean(),
  reason: z.string(),
  score: z.number().nullable(),
  heldOutScore: z.number().nullable(),
});

const kind = z.enum(["lost", "won", "both-wrong", "both-right"]);

export const flipPart = partOf(
  z.object({
    promptId: z.string(),
    prompt: z.string(),
    task: z.string().nullable(),
    sample: z.number(),
    kind: kind.describe("lost: right and then wrong; won: the other way round"),
    from: side,
    to: side,
  }),
);

export const flipCounts = z.object({
  counts: z.array(z.object({ task: z.string(), kind, images: z.number() })),
});

const interval = z.tuple([z.number(), z.number()]);
const scores = z.record(z.string(), z.number());

/** The comparison that `espalier compare` makes, with its intervals. */
export const comparison = z.object({
  rows: z.array(
    z.object({
      name: z.string(),
      kind: z.string(),
      overall: z.number(),
      ci: interval,
      tasks: scores,
      images: z.number(),
      prompts: z.number(),
    }),
  ),
  comparisons: z.array(
    z.object({
      from: z.string(),
      to: z.string(),
      delta: z.number(),
      ci: interval,
      p: z.number(),
      tasks: scores,
      wins: z.number(),
      losses: z.number(),
    }),
  ),
});

export type Evaluations = z.infer<typeof evaluations>;
export type FlipPart = z.infer<typeof flipPart>;
export type Flip = FlipPart["rows"][number];
export type FlipCounts = z.infer<typeof flipCounts>;
export type Comparison = z.infer<typeof comparison>;
