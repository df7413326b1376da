import type { Journal } from "../../adapters/journal.js";
import type { Candidate } from "../../records/candidate.js";
import type { SearchOutcome, SearchTask, Strategy } from "../../search/strategy.js";
import { type CandidateSource, idOf, type Wanted } from "./wanted-candidates.js";

/** A source that keeps in `journal` all that it finishes, and takes from there what was finished before. */
export function journaledSource(source: CandidateSource, journal: Journal): CandidateSource {
  const { checkpoint, settings } = source;
  return {
    checkpoint,
    settings,
    sample: (wanted, onSampled) => sampleMissing(source, journal, { wanted, onSampled }),
    search: (tasks, strategy, judge) =>
      searchMissing([...tasks], strategy, journal, (missing) => source.search(missing, strategy, judge)),
  };
}

async function sampleMissing(
  source: CandidateSource,
  journal: Journal,
  asked: {
    readonly wanted: readonly Wanted[];
    readonly onSampled: (candidates: readonly Candidate[]) => void;
  },
): Promise<Candidate[]> {
  const { wanted, onSampled } = asked;
  const found = new Map<Wanted, Candidate>();
  for (const one of wanted) {
    const kept = journal.find<Candidate>(idOf(one, source));
    if (kept !== undefined) found.set(one, kept);
  }
  onSampled([...found.values()]);
  const missing = wanted.filter((one) => !found.has(one));
  const keepAll = (candidates: readonly Candidate[]) => {
    for (const candidate of candidates) journal.keep(candidate.id, candidate);
    onSampled(candidates);
  };
  const sampled = missing.length === 0 ? [] : await source.sample(missing, keepAll);
  for (const [index, one] of missing.entries()) found.set(one, sampled[index] as Candidate);
  return wanted.map((one) => found.get(one) as Candidate);
}

async function* searchMissing(
  tasks: readonly SearchTask[],
  strategy: Strategy,
  journal: Journal,
  search: (missing: readonly SearchTask[]) => AsyncIterable<SearchOutcome>,
): AsyncGenerator<SearchOutcome> {
  const missing = tasks.filter((task) => journal.find(searchKey(task, strategy)) === undefined);
  const fresh = search(missing)[Symbol.asyncIterator]();
  try {
    for (const task of tasks) {
      const key = searchKey(task, strategy);
      const kept = journal.find<SearchOutcome>(key);
      if (kept !== undefined) {
        yield kept;
        continue;
      }
      const outcome = (await fresh.next()).value as SearchOutcome;
      if (isAnswered(outcome)) journal.keep(key, outcome);
      yield outcome;
    }
  } finally {
    await fresh.return?.();
  }
}

/** Within a shard, whose stage says all the rest. */
function searchKey({ prompt, attempt }: SearchTask, { name }: Strategy): string {
  return JSON.stringify([name, prompt.id, attempt]);
}

/** A search in which a judge failed is run again: a failed verdict is asked for again. */
function isAnswered({ judgements }: SearchOutcome): boolean {
  return judgements.every(({ verdict }) => verdict.kind !== "failed");
}
