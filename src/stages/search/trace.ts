import type { SearchRow, Store, VerdictRow } from "../../adapters/store/index.js";
import type { ImageHandle } from "../../records/image.js";
import type { Prompt } from "../../records/prompt.js";
import { type History, parentOf, previewsOf } from "../../search/previews.js";
import type { Strategy } from "../../search/strategy.js";
import { pathOf } from "../sampling/path-of.js";
import type { CandidateSource, Sampled } from "../sampling/wanted-candidates.js";

/** One path of a traced search. */
export interface TracedPath {
  /** From 1, in the order they were opened. */
  readonly number: number;
  readonly candidate: Sampled;
  /** Forks away from a path that began from nothing. */
  readonly depth: number;
  /** Number of the path it left. */
  readonly parent: number | undefined;
  readonly chosen: boolean;
  /** In the order they were given. */
  readonly verdicts: readonly VerdictRow[];
  /** What the path predicted at the steps it was asked about, and at its end. */
  readonly images: ReadonlyMap<number, ImageHandle>;
}

/** What happened in one search. */
export interface TracedSearch {
  readonly prompt: Prompt;
  readonly row: SearchRow;
  /** Decoding steps of a whole path. */
  readonly steps: number;
  /** As a tree: each path is followed by those that left it. */
  readonly paths: readonly TracedPath[];
}

/** Tells a stored search from the ledger; its previews are sampled again. `judge` is who was asked. */
export async function traceSearch(
  store: Store,
  row: SearchRow,
  {
    source,
    judge,
    strategy,
  }: { readonly source: CandidateSource; readonly judge: string; readonly strategy: Strategy },
): Promise<TracedSearch> {
  const prompt = store.prompts.find(row.promptId) as Prompt;
  const candidates = store.searches.paths(row).map((one) => pathOf(one, "whose steps can be shown"));
  const said = new Map(
    candidates.map(({ id, steps }) => [
      id,
      verdictsOf(store, id, judge).filter((verdict) => isOwn(verdict, steps, strategy)),
    ]),
  );
  const asked = ({ id, steps }: History) => new Set([...(said.get(id) ?? []).map(({ step }) => step), steps]);
  const replay = previewsOf(candidates, asked);
  for await (const _ of source.search([{ prompt, attempt: row.attempt }], replay));
  const numbers = new Map(candidates.map(({ id }, index) => [id, index + 1]));
  const tree = treeOf(candidates).map(({ candidate, depth, parent }) => ({
    number: numbers.get(candidate.id) as number,
    candidate,
    depth,
    parent: parent && numbers.get(parent.id),
    chosen: candidate.id === row.chosenId,
    verdicts: said.get(candidate.id) ?? [],
    images: replay.previews.get(candidate.id) ?? new Map(),
  }));
  return { prompt, row, steps: source.settings.steps, paths: tree };
}

/** Another search of the workspace may have asked about the same path, at other steps or other questions. */
function isOwn({ question, step }: VerdictRow, steps: number, { questions = [], asks }: Strategy): boolean {
  if (!questions.includes(question)) return false;
  return (question === "outcome" && step === steps) || (asks?.(question, step) ?? true);
}

function verdictsOf(store: Store, candidate: string, judge: string): VerdictRow[] {
  const own = store.verdicts.ofCandidate(candidate).filter((row) => row.judge === judge);
  // By step; stable, so that clarity stays before potential.
  return own.sort((one, other) => one.step - other.step);
}

interface Branch {
  readonly candidate: Sampled;
  readonly depth: number;
  readonly parent: Sampled | undefined;
}

function treeOf(candidates: readonly Sampled[]): Branch[] {
  const parents = new Map(candidates.map((candidate) => [candidate, parentOf(candidate, candidates)]));
  const below = (parent: Sampled | undefined, depth: number): Branch[] =>
    candidates
      .filter((candidate) => parents.get(candidate) === parent)
      .flatMap((candidate) => [{ candidate, depth, parent }, ...below(candidate, depth + 1)]);
  return below(undefined, 0);
}
