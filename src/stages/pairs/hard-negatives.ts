import type { MiningConfig } from "../../config/schema/round.js";
import type { NoPair } from "../../records/no-pair.js";
import type { MinedPair, Pool } from "./mined-pair.js";
import { nearestPairs } from "./nearest-pairs.js";

type Settings = Extract<MiningConfig, { policy: "hard-negatives" }>;

/**
 * Right images with the wrong ones that are nearest to right: those that share most tokens with them, or those the
 * judge gave the fewest reasons against (a detector gives one for each requirement that is not met).
 */
export function hardNegatives(pool: Pool, settings: Settings): MinedPair[] | NoPair {
  const { nearest, pairsPerPrompt: count, margin } = settings;
  const { pairs, comparable } = nearestPairs(pool, { count, margin }, (yes, no) =>
    nearest === "requirements" ? no.faults : differing(pool.tokens.get(yes.id), pool.tokens.get(no.id)),
  );
  if (pairs.length > 0) return pairs;
  return comparable === 0 ? "no-reasons" : "below-margin";
}

/** Positions at which two grids differ. */
function differing(one: Uint16Array | undefined, other: Uint16Array | undefined): number {
  if (one === undefined || other === undefined) throw new Error("Hard negatives were mined without tokens.");
  let count = 0;
  for (let position = 0; position < one.length; position++)
    count += Number(one[position] !== other[position]);
  return count;
}
