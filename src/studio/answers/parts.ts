import { z } from "zod";
import { MARK_DECISIONS } from "../../records/review.js";
import { QUESTIONS } from "../../records/verdict.js";

/** How a list is read part by part: `next` of one answer is `after` of the next question, null at the end. */
export const PART = {
  limit: z.coerce.number().int().min(1).max(200).default(60).describe("rows at most"),
  after: z.string().optional().describe("`next` of the part before"),
};

/** A list's part: rows and where the next begins. */
export function partOf<Row extends z.ZodType>(row: Row) {
  return z.object({ rows: z.array(row), next: z.string().nullable() });
}

export const SCORE_QUERY = {
  judge: z.string().optional().describe("whose score is shown and sorted by"),
  question: z.enum(QUESTIONS).default("outcome").describe("what the judge was asked"),
};

/** How sure an estimate is, 95%. */
export const interval = z.tuple([z.number(), z.number()]);

/** What stands of people's marks on a row. */
export const MARKED = {
  decision: z.enum(MARK_DECISIONS).nullable(),
  flagged: z.boolean(),
  noted: z.boolean(),
};

export const MARK_FILTER = z
  .enum([...MARK_DECISIONS, "flagged", "noted", "unmarked"])
  .optional()
  .describe("what people made of it");
