import type { Comparing, Measured } from "./measured.js";

/** What PARM costs and gives beside best-of-N with the same N. */
export interface Economy {
  /** PARM's function evaluations of best-of-N's, 0..1. */
  readonly share: number;
  /** PARM's score less best-of-N's, paired. */
  readonly delta: number;
  readonly ci: readonly [number, number];
  readonly p: number;
  /** At most 60% of the evaluations, and not significantly below. */
  readonly met: boolean;
}

const MOST = 0.6;
const SIGNIFICANT = 0.05;

export function economyOf(parm: Measured, bestOfN: Measured, comparing: Comparing): Economy {
  const { delta, ci, p } = comparing.difference(bestOfN, parm);
  const share = evaluations(parm) / evaluations(bestOfN);
  return { share, delta, ci, p, met: share <= MOST && !(delta < 0 && p < SIGNIFICANT) };
}

function evaluations({ costs: { nfe, searches } }: Measured): number {
  return nfe / searches;
}
