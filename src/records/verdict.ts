import type { Reason } from "./reasons.js";

/** What can be asked of a judge about one image at one step (arXiv 2501.13926, sections 3.2 and 4). */
export const QUESTIONS = ["outcome", "clarity", "potential", "reflection"] as const;
export type Question = (typeof QUESTIONS)[number];

/** A judge's answer; `score` is P(yes), 0..1. Only a scored verdict can be ranked or enter a pair; a failure is never a number. */
export type Verdict =
  | { readonly kind: "scored"; readonly score: number; readonly reasons?: readonly Reason[] }
  | { readonly kind: "not-ready" }
  | { readonly kind: "failed"; readonly reason: string };
