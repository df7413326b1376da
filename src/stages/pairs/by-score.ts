import type { MiningConfig } from "../../config/schema/round.js";
import type { NoPair } from "../../records/no-pair.js";
import type { LabelledCandidate } from "./label.js";
import type { MinedPair, Pool } from "./mined-pair.js";

type Settings<Policy extends MiningConfig["policy"]> = Extract<MiningConfig, { policy: Policy }>;

/**
 * Distinct random pairs that use every image as evenly as possible: the paper's one random "yes" and one random
 * "no" (arXiv 2501.13926, section 3.3) for a count of 1. At most yes x no pairs.
 */
export function randomYesNo(
  { yes, no }: Pool,
  { pairsPerPrompt, margin }: Settings<"random-yes-no">,
): MinedPair[] | NoPair {
  const cycle = (yes.length * no.length) / greatestCommonDivisor(yes.length, no.length);
  const pairs: MinedPair[] = [];
  for (let turn = 0; turn < yes.length * no.length && pairs.length < pairsPerPrompt; turn++) {
    const lap = Math.floor(turn / cycle);
    const pair = pairOf(at(yes, turn), at(no, turn + lap));
    if (pair.margin >= margin) pairs.push(pair);
  }
  return pairs.length > 0 ? pairs : "below-margin";
}

/** The best yes with the worst no, the second best with the second worst, and so on: no image twice. */
export function bestVersusWorst(
  { yes, no }: Pool,
  { pairsPerPrompt, margin }: Settings<"best-versus-worst">,
): MinedPair[] | NoPair {
  const best = byFallingScore(yes);
  const worst = byFallingScore(no, -1);
  const count = Math.min(pairsPerPrompt, best.length, worst.length);
  const pairs = Array.from({ length: count }, (_, rank) => pairOf(at(best, rank), at(worst, rank)));
  const kept = pairs.filter((pair) => pair.margin >= margin);
  return kept.length > 0 ? kept : "below-margin";
}

/** The best image against the runner-up, if the judge tells them apart. */
export function bestVersusSecond(
  { candidates, yes, no }: Pool,
  { margin }: Settings<"best-versus-second">,
): MinedPair[] | NoPair {
  if (candidates.length < 2) return "only-yes";
  const [best, second] = byFallingScore([...yes, ...no]) as [LabelledCandidate, LabelledCandidate];
  const pair = pairOf(best, second);
  if (pair.margin === 0) return "tie";
  return pair.margin >= margin ? [pair] : "below-margin";
}

export function pairOf(chosen: LabelledCandidate, rejected: LabelledCandidate): MinedPair {
  return { chosen, rejected, margin: chosen.score - rejected.score };
}

/** Equal scores keep the order given; `sign` -1 puts the lowest first. */
function byFallingScore(candidates: readonly LabelledCandidate[], sign = 1): LabelledCandidate[] {
  return [...candidates].sort((one, other) => sign * (other.score - one.score));
}

function at(candidates: readonly LabelledCandidate[], index: number): LabelledCandidate {
  return candidates[index % candidates.length] as LabelledCandidate;
}

function greatestCommonDivisor(one: number, other: number): number {
  return other === 0 ? one : greatestCommonDivisor(other, one % other);
}
