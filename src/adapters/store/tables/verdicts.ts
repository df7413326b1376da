import { and, asc, eq } from "drizzle-orm";
import { REASONS, type Reason } from "../../../records/reasons.js";
import type { Verdict, VerdictPart } from "../../../records/verdict.js";
import type { Ledger } from "../ledger.js";
import type { VerdictRow } from "../rows.js";
import { verdicts } from "../schema.js";
import type { VerdictStore } from "../store.js";

export function verdictStore(ledger: Ledger): VerdictStore {
  const { orm } = ledger;
  return {
    ofCandidate: (candidateId) =>
      orm
        .select()
        .from(verdicts)
        .where(eq(verdicts.candidateId, candidateId))
        .orderBy(asc(verdicts.judge), asc(verdicts.question), asc(verdicts.step))
        .all()
        .map(toRow),
    find: ({ candidateId, judge, question, step }) => {
      const key = and(
        eq(verdicts.candidateId, candidateId),
        eq(verdicts.judge, judge),
        eq(verdicts.question, question),
        eq(verdicts.step, step),
      );
      const row = orm.select().from(verdicts).where(key).get();
      return row === undefined ? undefined : toRow(row);
    },
  };
}

interface VerdictColumns {
  readonly kind: Verdict["kind"];
  readonly score: number | null;
  readonly opinions: readonly number[] | null;
  readonly reason: string | null;
  readonly parts: readonly VerdictPart[] | null;
}

export function verdictColumns(verdict: Verdict): VerdictColumns {
  switch (verdict.kind) {
    case "scored":
      return {
        kind: verdict.kind,
        score: verdict.score,
        opinions: verdict.opinions ?? null,
        reason: verdict.reasons?.join(SEPARATOR) ?? null,
        parts: verdict.parts ?? null,
      };
    case "not-ready":
      return { kind: verdict.kind, score: null, opinions: null, reason: null, parts: null };
    case "failed":
      return { kind: verdict.kind, score: null, opinions: null, reason: verdict.reason, parts: null };
  }
}

/** The verdict in a row of the ledger; null where a join found none. */
export function toVerdict(
  columns: VerdictColumns | { readonly [Name in keyof VerdictColumns]: null },
): Verdict | null {
  const { kind, score, opinions, reason, parts } = columns;
  if (kind === null) return null;
  if (kind === "not-ready") return { kind };
  if (kind === "failed") return { kind, reason: reason ?? "" };
  return {
    kind,
    score: score ?? Number.NaN,
    ...(opinions === null ? {} : { opinions }),
    ...(reason === null ? {} : { reasons: readReasons(reason) }),
    ...(parts === null ? {} : { parts }),
  };
}

const SEPARATOR = "; ";

/** Words that are no reason today are left out. */
function readReasons(column: string): Reason[] {
  const given = column.split(SEPARATOR);
  return REASONS.filter((reason) => given.includes(reason));
}

function toRow(row: typeof verdicts.$inferSelect): VerdictRow {
  const { candidateId, judge, question, step, ...columns } = row;
  return { candidateId, judge, question, step, verdict: toVerdict(columns) as Verdict };
}
