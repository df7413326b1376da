import { createHash } from "node:crypto";
import type { Candidate, Fork, SamplerSettings } from "../../records/candidate.js";

/** Everything a path's tokens depend on. */
export interface CandidateOrigin {
  readonly checkpoint: string;
  readonly promptText: string;
  readonly settings: SamplerSettings;
  /** Of the first ancestor when the path was forked. */
  readonly seed: number;
  readonly forks?: readonly Fork[];
}

/** The id of the candidate that this origin leads to: first 24 hex digits of a sha256. */
export function candidateId({ checkpoint, promptText, settings, seed, forks = [] }: CandidateOrigin): string {
  const { steps, guidanceScale, temperature, schedule } = settings;
  const history = forks.map((fork) => [fork.step, fork.remask, fork.seed]);
  const origin = [checkpoint, promptText, steps, guidanceScale, temperature, schedule, seed, history];
  return createHash("sha256").update(JSON.stringify(origin)).digest("hex").slice(0, 24);
}

/** The origin of a stored candidate; `promptText` is the text of its prompt. */
export function originOf(candidate: Candidate, promptText: string): CandidateOrigin {
  const { checkpoint, settings, seed, forks } = candidate;
  return { checkpoint, promptText, settings, seed, ...(forks ? { forks } : {}) };
}
