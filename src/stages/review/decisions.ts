import type { ReviewedPair } from "../../adapters/store/index.js";
import { choiceOf, meaningOf } from "./answers.js";

/**
 * What people decided of a pair: its choice stands, is turned round, or the pair is worth nothing (a tie, both bad, or
 * no majority). Undecided while too few have answered.
 */
export type Decision = "accepted" | "swapped" | "dropped" | "undecided";

/** The majority of all answers but skips; fewer than `least` of them decide nothing. */
export function decisionOn(reviewed: ReviewedPair, least: number): Decision {
  const meanings = reviewed.reviews.map(meaningOf).filter((meaning) => meaning !== undefined);
  if (meanings.length < least) return "undecided";
  const choice = choiceOf(reviewed);
  const other = choice === "first" ? "second" : "first";
  const isMajority = (wanted: string) =>
    meanings.filter((meaning) => meaning === wanted).length > meanings.length / 2;
  if (isMajority(choice)) return "accepted";
  return isMajority(other) ? "swapped" : "dropped";
}
