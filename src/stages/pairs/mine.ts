import type { MiningConfig } from "../../config/schema/round.js";
import type { NoPair } from "../../records/no-pair.js";
import { shuffledById } from "../seeds.js";
import { bestVersusSecond, bestVersusWorst, randomYesNo } from "./by-score.js";
import { hardNegatives } from "./hard-negatives.js";
import type { LabelledCandidate } from "./label.js";
import type { MinedPair, Pool } from "./mined-pair.js";
import { perStep } from "./per-step.js";

/** The pool of a prompt, the same in whatever order its candidates come. */
export function poolOf(
  labelled: readonly LabelledCandidate[],
  seed: number,
  tokens: Pool["tokens"] = new Map(),
): Pool {
  const candidates = shuffledById(labelled, ({ id }) => id, seed);
  const [yes, no] = [candidates.filter(isYes), candidates.filter((one) => !isYes(one))];
  return { candidates, yes, no, tokens };
}

function isYes({ label }: LabelledCandidate): boolean {
  return label === "yes";
}

/** Whether a policy looks at the tokens of the candidates. */
export function needsTokens(mining: MiningConfig): boolean {
  return mining.policy === "hard-negatives" && mining.nearest === "tokens";
}

/**
 * The pairs of a prompt that has both labels, under a policy; or why there is none. A policy is a function of the pool
 * and its own settings: a new one is a case here, a section in the mining schema, and nothing else.
 */
export function minePairs(pool: Pool, mining: MiningConfig): readonly MinedPair[] | NoPair {
  if (pool.candidates.length === 0) return "no-labels";
  if (pool.yes.length === 0) return "only-no";
  switch (mining.policy) {
    // The runner-up of a prompt may be right as well.
    case "best-versus-second":
      return bestVersusSecond(pool, mining);
    case "random-yes-no":
      return pool.no.length === 0 ? "only-yes" : randomYesNo(pool, mining);
    case "best-versus-worst":
      return pool.no.length === 0 ? "only-yes" : bestVersusWorst(pool, mining);
    case "hard-negatives":
      return pool.no.length === 0 ? "only-yes" : hardNegatives(pool, mining);
    case "per-step":
      return pool.no.length === 0 ? "only-yes" : perStep(pool, mining);
  }
}
