import type { MiningConfig } from "../../config/round-schema.js";
import { shuffledById } from "../seeds.js";
import type { LabelledCandidate } from "./label.js";

/** A chosen and a rejected candidate of one prompt. */
export interface MinedPair {
  readonly chosen: LabelledCandidate;
  readonly rejected: LabelledCandidate;
  /** Score of the chosen less that of the rejected. */
  readonly margin: number;
}

/** Why a prompt gave no pair. */
export type NoPair = "only-yes" | "only-no" | "no-labels" | "below-margin";

/** The pairs of one prompt under a mining policy. The same candidates and seed give the same pairs in any order. */
export function minePairs(
  candidates: readonly LabelledCandidate[],
  mining: MiningConfig,
  seed: number,
): MinedPair[] | NoPair {
  const yes = candidates.filter(({ label }) => label === "yes");
  const no = candidates.filter(({ label }) => label === "no");
  if (yes.length === 0 || no.length === 0) return oneLabelOnly(yes.length, no.length);
  if (mining.policy === "random-yes-no") return randomPairs(yes, no, mining.pairsPerPrompt, seed);
  const pair = pairOf(bestOf(yes, seed), worstOf(no, seed));
  return pair.margin >= mining.margin ? [pair] : "below-margin";
}

/**
 * Distinct random pairs that use every image as evenly as possible: the paper's one random "yes" and one random
 * "no" (arXiv 2501.13926, section 3.3) for a count of 1. At most yes x no pairs.
 */
function randomPairs(
  yes: readonly LabelledCandidate[],
  no: readonly LabelledCandidate[],
  count: number,
  seed: number,
): MinedPair[] {
  const [chosen, rejected] = [shuffled(yes, seed), shuffled(no, seed)];
  const cycle = (yes.length * no.length) / greatestCommonDivisor(yes.length, no.length);
  return Array.from({ length: Math.min(count, yes.length * no.length) }, (_, turn) => {
    const lap = Math.floor(turn / cycle);
    return pairOf(at(chosen, turn), at(rejected, turn + lap));
  });
}

function bestOf(candidates: readonly LabelledCandidate[], seed: number): LabelledCandidate {
  return shuffled(candidates, seed).reduce((best, next) => (next.score > best.score ? next : best));
}

function worstOf(candidates: readonly LabelledCandidate[], seed: number): LabelledCandidate {
  return shuffled(candidates, seed).reduce((worst, next) => (next.score < worst.score ? next : worst));
}

function pairOf(chosen: LabelledCandidate, rejected: LabelledCandidate): MinedPair {
  return { chosen, rejected, margin: chosen.score - rejected.score };
}

function oneLabelOnly(yes: number, no: number): NoPair {
  if (yes === no) return "no-labels";
  return yes > 0 ? "only-yes" : "only-no";
}

function shuffled(candidates: readonly LabelledCandidate[], seed: number): LabelledCandidate[] {
  return shuffledById(candidates, ({ id }) => id, seed);
}

function at(candidates: readonly LabelledCandidate[], index: number): LabelledCandidate {
  return candidates[index % candidates.length] as LabelledCandidate;
}

function greatestCommonDivisor(one: number, other: number): number {
  return other === 0 ? one : greatestCommonDivisor(other, one % other);
}
