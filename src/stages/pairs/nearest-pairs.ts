import { pairOf } from "./by-score.js";
import type { LabelledCandidate } from "./label.js";
import type { MinedPair, Pool } from "./mined-pair.js";

/**
 * The pairs of a yes and a no that are nearest to each other by `distance` (undefined: not to be paired), nearest first,
 * no image twice, at most `count`. Equal distances keep the pool's order.
 */
export function nearestPairs(
  { yes, no }: Pool,
  { count, margin }: { readonly count: number; readonly margin: number },
  distance: (yes: LabelledCandidate, no: LabelledCandidate) => number | undefined,
): { pairs: MinedPair[]; comparable: number } {
  const near = yes
    .flatMap((chosen) =>
      no.flatMap((rejected) => {
        const apart = distance(chosen, rejected);
        return apart === undefined ? [] : [{ chosen, rejected, apart }];
      }),
    )
    .sort((one, other) => one.apart - other.apart);
  const used = new Set<LabelledCandidate>();
  const pairs: MinedPair[] = [];
  for (const { chosen, rejected } of near) {
    const pair = pairOf(chosen, rejected);
    if (pairs.length === count) break;
    if (used.has(chosen) || used.has(rejected) || pair.margin < margin) continue;
    used.add(chosen).add(rejected);
    pairs.push(pair);
  }
  return { pairs, comparable: near.length };
}
