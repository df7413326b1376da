import type { LabelConfig } from "../../config/schema/round.js";
import type { Fork } from "../../records/candidate.js";
import type { Verdict } from "../../records/verdict.js";
import { type Label, labelOf } from "../label-of.js";

/** What mining reads of a stored candidate. */
export interface MinedCandidate {
  readonly id: string;
  /** Of its first ancestor when it was forked; null where nobody knows it. */
  readonly seed: number | null;
  readonly checkpoint?: string;
  readonly forks?: readonly Fork[] | undefined;
  /** Present when it began from another image. */
  readonly correction?: unknown;
  /** Equal for identical images; null or absent when it is not known. */
  readonly grid?: string | null;
}

/** A candidate that can enter a pair. */
export interface LabelledCandidate extends MinedCandidate {
  /** P(yes), 0..1. */
  readonly score: number;
  readonly label: Label;
  /** How many reasons the judge gave against it; undefined when it gave none. */
  readonly faults?: number;
}

/** The candidates of a prompt that can be ranked, and how many cannot. */
export interface LabelledPrompt {
  readonly labelled: readonly LabelledCandidate[];
  /** Without a score: failed, not ready or never asked. */
  readonly failed: number;
  /** Scored between the two thresholds. */
  readonly undecided: number;
  /** Left out because an earlier candidate of the prompt has the same tokens. */
  readonly duplicates: number;
}

/** Candidates whose verdict was scored and decided, each image once; the others are counted, never ranked. */
export function labelCandidates(
  candidates: readonly (MinedCandidate & { readonly verdict: Verdict | null })[],
  labels: LabelConfig,
): LabelledPrompt {
  const labelled: LabelledCandidate[] = [];
  const grids = new Set<string>();
  let [failed, undecided, duplicates] = [0, 0, 0];
  for (const { verdict, ...candidate } of candidates) {
    const label = verdict?.kind === "scored" ? labelOf(verdict.score, labels) : undefined;
    if (verdict?.kind !== "scored") failed += 1;
    else if (label === undefined) undecided += 1;
    else if (candidate.grid && grids.has(candidate.grid)) duplicates += 1;
    else {
      if (candidate.grid) grids.add(candidate.grid);
      const faults = verdict.reasons === undefined ? {} : { faults: verdict.reasons.length };
      labelled.push({ ...candidate, score: verdict.score, label, ...faults });
    }
  }
  return { labelled, failed, undecided, duplicates };
}
