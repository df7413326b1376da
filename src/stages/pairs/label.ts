import type { LabelConfig } from "../../config/round-schema.js";
import type { Verdict } from "../../records/verdict.js";

export type Label = "yes" | "no";

/** A candidate that can enter a pair. */
export interface LabelledCandidate {
  readonly id: string;
  readonly seed: number;
  /** P(yes), 0..1. */
  readonly score: number;
  readonly label: Label;
}

/** A score as a yes or a no; undefined between the two thresholds. A detector's verdicts are 0 or 1. */
export function labelOf(score: number, labels: LabelConfig): Label | undefined {
  const [yesFrom, noUpTo] = labels.by === "detector" ? [1, 0] : [labels.yesFrom, labels.noUpTo];
  if (score >= yesFrom) return "yes";
  return score <= noUpTo ? "no" : undefined;
}

/** Candidates whose verdict was scored and decided; the others are counted, never ranked. */
export function labelCandidates(
  candidates: readonly { readonly id: string; readonly seed: number; readonly verdict: Verdict | null }[],
  labels: LabelConfig,
): { labelled: LabelledCandidate[]; failed: number; undecided: number } {
  const labelled: LabelledCandidate[] = [];
  let failed = 0;
  let undecided = 0;
  for (const { id, seed, verdict } of candidates) {
    if (verdict?.kind !== "scored") {
      failed += 1;
      continue;
    }
    const label = labelOf(verdict.score, labels);
    if (label === undefined) undecided += 1;
    else labelled.push({ id, seed, score: verdict.score, label });
  }
  return { labelled, failed, undecided };
}
