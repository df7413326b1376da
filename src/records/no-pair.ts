/** Why a prompt gave no pair, each with its words. */
export const NO_PAIR = {
  "only-yes": "every decided image is right",
  "only-no": "every decided image is wrong",
  "failed-verdicts": "no image has a score",
  "no-labels": "no score is beyond the thresholds",
  "below-margin": "no two scores are far enough apart",
  tie: "the two best scores are equal",
  "no-reasons": "the judge gave no reasons against the wrong images",
  "no-shared-path": "no right and wrong image were forked from one state",
} as const;
export type NoPair = keyof typeof NO_PAIR;

/** How many prompts gave no pair for each reason, in words: "3: every decided image is right; 1: ...". */
export function saidOf(dropped: Readonly<Partial<Record<NoPair, number>>>): string {
  return Object.entries(NO_PAIR)
    .flatMap(([reason, words]) => {
      const count = dropped[reason as NoPair] ?? 0;
      return count > 0 ? [`${count}: ${words}`] : [];
    })
    .join("; ");
}
