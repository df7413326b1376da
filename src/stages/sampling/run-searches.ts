import type { NewSearch, VerdictRow } from "../../adapters/store/index.js";
import type { Candidate } from "../../records/candidate.js";
import type { Judge } from "../../records/seams.js";
import type { SearchOutcome, SearchTask, Strategy } from "../../search/strategy.js";
import { refuseSilent } from "./silent-judge.js";
import type { CandidateSource } from "./wanted-candidates.js";

/** The searches of one shard, and what the ledger keeps of them. */
export interface Searched {
  readonly outcomes: readonly SearchOutcome[];
  /** The stored paths, search by search, in the order they were opened. */
  readonly candidates: readonly Candidate[];
  /** What the judge said of the stored paths. */
  readonly verdicts: readonly VerdictRow[];
  readonly searches: readonly NewSearch[];
}

/**
 * Runs the searches of a shard. `keeps` says which paths are stored: a search that forks at every step leaves many that
 * nobody will look at. Throws VerifierError when the judge scored nothing of all it was shown.
 */
export async function runSearches(
  tasks: readonly SearchTask[],
  params: {
    readonly source: CandidateSource;
    readonly strategy: Strategy;
    readonly judge: Judge;
    readonly keeps: (candidate: Candidate) => boolean;
    readonly onOutcome: () => void;
  },
): Promise<Searched> {
  const { source, strategy, judge, keeps, onOutcome } = params;
  const begun = performance.now();
  const outcomes: SearchOutcome[] = [];
  for await (const outcome of source.search(tasks, strategy, judge)) {
    outcomes.push(outcome);
    onOutcome();
  }
  const said = outcomes.flatMap(({ judgements }) => judgements.map(({ verdict }) => verdict));
  refuseSilent(said, judge);
  const seconds = (performance.now() - begun) / 1000 / Math.max(1, outcomes.length);
  const candidates: Candidate[] = [];
  const searches = outcomes.map((outcome): NewSearch => {
    const kept = outcome.candidates.filter(keeps);
    const firstRow = candidates.push(...kept) - kept.length;
    return { ...searchRow(outcome), seconds, firstRow, paths: kept.length };
  });
  const verdicts = outcomes.flatMap((outcome) => verdictRows(outcome, judge, keeps));
  return { outcomes, candidates, verdicts, searches };
}

/** The image a search ends with: the chosen one, or the first whole one where the judge could choose none. */
export function imageOf({ candidates, chosen }: SearchOutcome): Candidate {
  const whole = candidates.find(({ status }) => status === "finished");
  return (chosen === undefined ? whole : candidates[chosen]) as Candidate;
}

function searchRow(outcome: SearchOutcome): Omit<NewSearch, "seconds" | "firstRow" | "paths"> {
  const { prompt, attempt, reason, nfe, judgeCalls, judgements, candidates, chosen } = outcome;
  return {
    promptId: prompt.id,
    attempt,
    chosenId: chosen === undefined ? null : (candidates[chosen]?.id ?? null),
    reason,
    nfe,
    sampledNfe: nfe,
    judgeCalls,
    failedVerdicts: judgements.filter(({ verdict }) => verdict.kind === "failed").length,
  };
}

function verdictRows(
  { candidates, judgements }: SearchOutcome,
  judge: Judge,
  keeps: (candidate: Candidate) => boolean,
): VerdictRow[] {
  return judgements.flatMap(({ candidate, question, step, verdict }) => {
    const about = candidates[candidate] as Candidate;
    return keeps(about) ? [{ candidateId: about.id, judge: judge.identity, question, step, verdict }] : [];
  });
}
