import { hash32 } from "../seeds.js";

/** Which candidate of a pair is shown on which side. */
export interface Sides {
  readonly leftId: string;
  readonly rightId: string;
}

/**
 * The sides of a pair for one person: as good as a coin toss, but the same whenever they look, and whichever of the two
 * images a pair set holds for the better one.
 */
export function sidesOf(
  reviewer: string,
  pair: { readonly chosenId: string; readonly rejectedId: string },
): Sides {
  const [one = "", other = ""] = [pair.chosenId, pair.rejectedId].sort();
  const isTurned = hash32("review", reviewer, one, other) % 2 === 1;
  return isTurned ? { leftId: other, rightId: one } : { leftId: one, rightId: other };
}
