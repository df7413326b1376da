import { z } from "zod";
import { MARK_FILTER, MARKED, PART, partOf } from "./parts.js";

const REVIEWS = ["unreviewed", "accepted", "rejected", "swapped"] as const;

/** What narrows a list of pairs. */
export const pairFilter = {
  stage: z.string().optional().describe("id of a pairs stage"),
  prompt: z.string().optional().describe("id of their prompt"),
  text: z.string().max(200).optional().describe("anywhere in the prompt"),
  task: z.string().optional().describe("of the prompt; empty for none"),
  policy: z.string().optional().describe("that picked it"),
  review: z.enum(REVIEWS).optional(),
  mark: MARK_FILTER,
  least: z.coerce.number().optional().describe("of the margin"),
  most: z.coerce.number().optional().describe("of the margin"),
};

export const pairQuery = z.object({
  ...pairFilter,
  order: z.enum(["stored", "smallest", "largest"]).default("stored").describe("by the margin"),
  ...PART,
});

export const pairRow = z.object({
  id: z.string(),
  stage: z.string(),
  promptId: z.string(),
  prompt: z.string(),
  task: z.string().nullable(),
  chosenId: z.string(),
  rejectedId: z.string(),
  chosenScore: z.number(),
  rejectedScore: z.number(),
  margin: z.number(),
  policy: z.string(),
  sharedSteps: z.number().nullable(),
  review: z.enum(REVIEWS),
  ...MARKED,
});

export const pairPart = partOf(pairRow);

export type PairRow = z.infer<typeof pairRow>;
export type PairPart = z.infer<typeof pairPart>;
