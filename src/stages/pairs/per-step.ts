import type { MiningConfig } from "../../config/schema/round.js";
import type { NoPair } from "../../records/no-pair.js";
import type { MinedCandidate } from "./label.js";
import type { MinedPair, Pool } from "./mined-pair.js";
import { nearestPairs } from "./nearest-pairs.js";

type Settings = Extract<MiningConfig, { policy: "per-step" }>;

/**
 * A winner and a loser that went apart from one state of one path (the pairs of step-aware preference optimisation,
 * arXiv 2406.04314, section 3): those that went apart last come first, because there the one choice decided.
 */
export function perStep(pool: Pool, { pairsPerPrompt: count, margin }: Settings): MinedPair[] | NoPair {
  const { pairs, comparable } = nearestPairs(pool, { count, margin }, (yes, no) => {
    const shared = sharedSteps(yes, no);
    return shared === 0 ? undefined : -shared;
  });
  if (pairs.length === 0) return comparable === 0 ? "no-shared-path" : "below-margin";
  return pairs.map((pair) => ({ ...pair, sharedSteps: sharedSteps(pair.chosen, pair.rejected) }));
}

/** Decoding steps after which two candidates still were one path; 0 when they were sampled apart. */
export function sharedSteps(one: MinedCandidate, other: MinedCandidate): number {
  if (one.seed !== other.seed || one.checkpoint !== other.checkpoint) return 0;
  // A corrected path began from another image.
  if (one.correction !== undefined || other.correction !== undefined) return 0;
  const [forks, others] = [one.forks ?? [], other.forks ?? []];
  for (let index = 0; index < Math.max(forks.length, others.length); index++) {
    const [fork, another] = [forks[index], others[index]];
    const same =
      fork?.step === another?.step && fork?.seed === another?.seed && fork?.remask === another?.remask;
    // Where only one branched off, the other went on from the same state.
    if (!same)
      return Math.min(fork?.step ?? Number.POSITIVE_INFINITY, another?.step ?? Number.POSITIVE_INFINITY);
  }
  return 0;
}
