import type { MarkDecision } from "../../../records/review.js";
import type { Condition } from "./page-of.js";

/** What was said last of each thing, by whomever: as a table. */
export const STANDING_MARK = `(SELECT subject, decision, flagged, note FROM marks
  WHERE id IN (SELECT max(id) FROM marks GROUP BY subject))`;

/** Marks that are looked for. */
export type MarkWanted = MarkDecision | "flagged" | "noted" | "unmarked";

/** Of rows that are joined to `STANDING_MARK` as m. */
export function markCondition(wanted: MarkWanted | undefined): Condition | undefined {
  if (wanted === undefined) return undefined;
  const values = {};
  if (wanted === "flagged") return { sql: "m.flagged = 1", values };
  if (wanted === "noted") return { sql: "m.note <> ''", values };
  if (wanted === "unmarked")
    return { sql: "coalesce(m.decision, '') = '' AND coalesce(m.flagged, 0) = 0", values };
  return { sql: "m.decision = :decision", values: { decision: wanted } };
}
