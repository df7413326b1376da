import type { Store, VerdictRow } from "../../adapters/store/index.js";
import type { Candidate } from "../../records/candidate.js";
import type { Judge } from "../../records/seams.js";
import type { Verdict } from "../../records/verdict.js";

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

/** The outcome of each item, in order: what is known of it, and of the others what `ask` says. */
export async function withKnownVerdicts<Item extends Ended>(
  judge: Judge,
  { items, known }: { readonly items: readonly Item[]; readonly known: readonly VerdictRow[] },
  ask: (open: readonly Item[]) => Promise<Verdict[]>,
): Promise<VerdictRow[]> {
  const rows = new Map(known.map((row) => [row.candidateId, row]));
  const open = items.filter(({ id }) => !rows.has(id));
  const verdicts = open.length > 0 ? await ask(open) : [];
  for (const [at, item] of open.entries())
    rows.set(item.id, { ...verdictKey(judge, item), verdict: verdicts[at] as Verdict });
  return items.map(({ id }) => rows.get(id) as VerdictRow);
}
