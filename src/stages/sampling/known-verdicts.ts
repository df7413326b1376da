import type { Store, VerdictRow } from "../../adapters/store/index.js";
import type { Candidate } from "../../records/candidate.js";
import type { Judge } from "../../records/seams.js";

type Ended = Pick<Candidate, "id" | "steps">;

/** What a judge said of the outcome of stored candidates before. A failed verdict is asked for again. */
export function knownVerdicts(store: Store, judge: Judge | null, known: readonly Ended[]): VerdictRow[] {
  if (judge === null) return [];
  return known.flatMap((candidate) => {
    const key = verdictKey(judge, candidate);
    const verdict = store.verdicts.find(key)?.verdict;
    return verdict === undefined || verdict.kind === "failed" ? [] : [{ ...key, verdict }];
  });
}

/** What the ledger keeps the outcome of a candidate under. */
export function verdictKey(judge: Judge, { id, steps }: Ended) {
  return { candidateId: id, judge: judge.identity, question: "outcome" as const, step: steps };
}
