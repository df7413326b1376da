export type Label = "yes" | "no";

/** How scores become labels. */
export type Thresholds =
  | { readonly by: "detector" }
  | { readonly by: "judge"; readonly yesFrom: number; readonly noUpTo: number };

/** A score as a yes or a no; undefined between the two thresholds. A detector's verdicts are 0 or 1. */
export function labelOf(score: number, labels: Thresholds): Label | undefined {
  const [yesFrom, noUpTo] = labels.by === "detector" ? [1, 0] : [labels.yesFrom, labels.noUpTo];
  if (score >= yesFrom) return "yes";
  return score <= noUpTo ? "no" : undefined;
}
