import { z } from "zod";
import { MARK_DECISIONS, MARKED_KINDS } from "../../records/review.js";
import { QUESTIONS } from "../../records/verdict.js";
import { MARK_FILTER, MARKED, PART, partOf, SCORE_QUERY } from "./parts.js";

/** What narrows a list of candidates. */
export const candidateFilter = {
  stage: z.string().optional().describe("id of a stage that stored them"),
  prompt: z.string().optional().describe("id of their prompt"),
  source: z.string().optional().describe("identity of the checkpoint or source"),
  text: z.string().max(200).optional().describe("anywhere in the prompt"),
  task: z.string().optional().describe("of the prompt; empty for none"),
  status: z.enum(["finished", "dropped"]).optional(),
  mark: MARK_FILTER,
  repeated: z.enum(["yes"]).optional().describe("only images that are there more than once"),
  ...SCORE_QUERY,
  least: z.coerce.number().optional().describe("of the score"),
  most: z.coerce.number().optional().describe("of the score"),
};

export const candidateQuery = z.object({
  ...candidateFilter,
  order: z.enum(["stored", "newest", "lowest", "highest"]).default("stored"),
  ...PART,
});

export const candidateRow = z.object({
  id: z.string(),
  promptId: z.string(),
  prompt: z.string(),
  task: z.string().nullable(),
  source: z.string(),
  seed: z.number().nullable(),
  status: z.enum(["finished", "dropped"]),
  isPicture: z.boolean(),
  score: z.number().nullable(),
  ...MARKED,
});

export const candidatePart = partOf(candidateRow);

export const count = z.object({ count: z.number() });

/** What lists can be filtered by. */
export const facets = z.object({
  scores: z.array(
    z.object({ judge: z.string(), judgeName: z.string(), question: z.enum(QUESTIONS), verdicts: z.number() }),
  ),
  tasks: z.array(z.object({ task: z.string(), prompts: z.number() })),
  sources: z.array(z.object({ id: z.string(), name: z.string(), candidates: z.number() })),
  policies: z.array(z.object({ policy: z.string(), pairs: z.number() })),
  stages: z.array(
    z.object({ id: z.string(), run: z.string(), round: z.number(), name: z.string(), rows: z.number() }),
  ),
});

/** What one person says of one thing. */
export const mark = z.object({
  person: z.string(),
  decision: z.enum(MARK_DECISIONS).nullable(),
  flagged: z.boolean(),
  note: z.string(),
  saidAt: z.number().describe("milliseconds since 1970"),
});

export const newMark = z.object({
  person: z.string().describe("1 to 40 letters, digits, spaces, dots, dashes, underscores"),
  kind: z.enum(MARKED_KINDS),
  subject: z.string().describe("id of the candidate or pair"),
  decision: z.enum(MARK_DECISIONS).nullable(),
  flagged: z.boolean(),
  note: z.string().max(2000),
});

export type CandidateRow = z.infer<typeof candidateRow>;
export type CandidatePart = z.infer<typeof candidatePart>;
export type Facets = z.infer<typeof facets>;
export type Mark = z.infer<typeof mark>;
export type NewMark = z.infer<typeof newMark>;
