import type { Reason } from "./reasons.js";

/**
 * What can be asked of a judge about one image at one step (arXiv 2501.13926, sections 3.2 and 4):
 * outcome, whether a whole image shows the prompt (ORM); process, whether some completion of this step will (PRM);
 * clarity, whether it already shows what its path will end in; potential, whether that end will show the prompt (PARM);
 * reflection, as outcome but with reasons when the answer is no (PARM++).
 */
export const QUESTIONS = ["outcome", "process", "clarity", "potential", "reflection"] as const;
export type Question = (typeof QUESTIONS)[number];

/** In a list of answers by question: neither yes (1) nor no (0), the question does not apply. */
export const NOT_ASKED = 255;

/** One of several answers behind a score: to a criterion, to a part of the prompt, or in a ranking. */
export interface VerdictPart {
  readonly name: string;
  /** 0..1 */
  readonly score: number;
}

/** Parts of a score by rank: its 95% interval, and the share of the comparisons behind it that their order decided. */
export const RANKED_PARTS = { low: "low", high: "high", ordered: "depends on the order" } as const;

/** A judge's answer; `score` is P(yes), 0..1. Only a scored verdict can be ranked or enter a pair; a failure is never a number. */
export type Verdict =
  | {
      readonly kind: "scored";
      readonly score: number;
      readonly reasons?: readonly Reason[];
      /** P(yes) of each judge of an ensemble that ranks; `score` is their mean. */
      readonly opinions?: readonly number[];
      /** The answers that the score is made of, where there are several. */
      readonly parts?: readonly VerdictPart[];
    }
  | { readonly kind: "not-ready" }
  | { readonly kind: "failed"; readonly reason: string };
