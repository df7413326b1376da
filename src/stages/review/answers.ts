import type { ReviewedPair } from "../../adapters/store/index.js";
import type { Review } from "../../records/review.js";

/**
 * What an answer says of two images, named by the order of their ids and not by side or by the judge's choice: ids are
 * hashes, so neither name is likelier than the other, and chance agreement is that of two coins.
 */
export type Meaning = "first" | "second" | "tie" | "both-bad";

/** Undefined for a skip, which says nothing. */
export function meaningOf({ leftId, rightId, answer }: Review): Meaning | undefined {
  if (answer === "skip") return undefined;
  if (answer === "tie" || answer === "both-bad") return answer;
  return (answer === "left") === leftId < rightId ? "first" : "second";
}

/** What the pair itself says: that its chosen image is the better one. */
export function choiceOf({ pair }: ReviewedPair): "first" | "second" {
  return pair.chosenId < pair.rejectedId ? "first" : "second";
}
