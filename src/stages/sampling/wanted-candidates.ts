import type { CandidateFiles } from "../../adapters/arrow/index.js";
import type { LocatedDrawing, LocatedPath, Store } from "../../adapters/store/index.js";
import { candidateId } from "../../decoding/candidate-id.js";
import type { Candidate, Fork, SamplerSettings } from "../../records/candidate.js";
import type { Prompt } from "../../records/prompt.js";
import type { Judge } from "../../records/seams.js";
import type { SearchOutcome, SearchTask, Strategy } from "../../search/strategy.js";
import { pathOf } from "./path-of.js";

/** A candidate that someone needs: with checkpoint and settings, this is its identity. */
export interface Wanted {
  readonly prompt: Prompt;
  /** Unsigned 32-bit integer. */
  readonly seed: number;
  /** Where it leaves the path of that seed; absent when it is that path. */
  readonly fork?: Fork;
}

/** Where candidates come from that are not stored yet. */
export interface CandidateSource {
  /** Identity of the checkpoint. */
  readonly checkpoint: string;
  readonly settings: SamplerSettings;
  /** One finished candidate for each wanted one, in order. `onSampled` is given each as soon as it is done. */
  sample(
    wanted: readonly Wanted[],
    onSampled: (candidates: readonly Candidate[]) => void,
  ): Promise<Candidate[]>;
  /** The outcomes of searches in the tasks' order, as `search` of src/search gives them. */
  search(tasks: Iterable<SearchTask>, strategy: Strategy, judge?: Judge): AsyncIterable<SearchOutcome>;
}

export interface CollectedCandidate {
  readonly candidate: Candidate;
  /** Whether it was in the workspace before. */
  readonly stored: boolean;
}

/** A candidate of the ledger that a checkpoint sampled. */
export type Sampled = LocatedPath | LocatedDrawing;

/** Of the wanted candidates those that any stage of the workspace sampled before. */
export function locateKnown(
  store: Store,
  source: Pick<CandidateSource, "checkpoint" | "settings">,
  wanted: readonly Wanted[],
): Sampled[] {
  return wanted.flatMap((one) => {
    const found = store.candidates.find(idOf(one, source));
    return found === undefined ? [] : [pathOf(found, "to be read back instead of being sampled")];
  });
}

/** Each wanted candidate, in order: read back where it is `known`, else sampled now. */
export async function collectCandidates(
  { files, source }: { readonly files: CandidateFiles; readonly source: CandidateSource },
  wanted: readonly Wanted[],
  known: readonly Sampled[],
  onCollected: (count: number) => void,
): Promise<CollectedCandidate[]> {
  const located = new Map(known.map((one) => [one.id, one]));
  const found = new Map<Wanted, Candidate>();
  for (const one of wanted) {
    const place = located.get(idOf(one, source));
    if (place !== undefined) found.set(one, await readCandidate(files, place));
  }
  onCollected(found.size);
  const missing = wanted.filter((one) => !found.has(one));
  const onSampled = ({ length }: readonly Candidate[]) => onCollected(length);
  const sampled = missing.length > 0 ? await source.sample(missing, onSampled) : [];
  const fresh = new Map(
    missing.map((one, index) => [one, checked(one, source, sampled[index] as Candidate)]),
  );
  return wanted.map((one) => {
    const candidate = found.get(one);
    return candidate
      ? { candidate, stored: true }
      : { candidate: fresh.get(one) as Candidate, stored: false };
  });
}

/** A stored candidate with its image; undefined when the workspace has none of this id. Throws StoreError for a picture from elsewhere. */
export async function findCandidate(
  store: Store,
  files: CandidateFiles,
  id: string,
): Promise<Candidate | undefined> {
  const located = store.candidates.find(id);
  return located && readCandidate(files, pathOf(located, "to be read"));
}

async function readCandidate(
  files: CandidateFiles,
  { file, sha256, row, metadata: _, picture, ...known }: Sampled,
): Promise<Candidate> {
  if (picture !== undefined)
    return { ...known, picture, tokens: new Uint16Array(), committedAt: new Uint8Array() };
  const { tokens, committedAt } = await files.read({ file, sha256, row });
  return { ...known, tokens, committedAt };
}

/** A candidate under another id would be sampled again on every resume, and paired with the wrong settings. */
function checked(one: Wanted, source: CandidateSource, candidate: Candidate): Candidate {
  const expected = idOf(one, source);
  if (candidate.id === expected) return candidate;
  throw new Error(
    `The sampler of checkpoint ${source.checkpoint} made candidate ${candidate.id} where ${expected} was asked for: ` +
      "its checkpoint or settings are not the run's.",
  );
}

/** The id that a wanted candidate will have. */
export function idOf(
  { prompt, seed, fork }: Wanted,
  { checkpoint, settings }: Pick<CandidateSource, "checkpoint" | "settings">,
): string {
  const history = fork ? { forks: [fork] } : {};
  return candidateId({ checkpoint, promptText: prompt.text, settings, seed, ...history });
}
