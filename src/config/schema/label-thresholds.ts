import { share } from "./fields.js";

/** From which and up to which P(yes) a judge's answer is a label. */
export const thresholds = {
  yesFrom: share().default(0.5).describe("P(yes) from which an image is a yes."),
  noUpTo: share()
    .default(0.5)
    .describe("P(yes) up to which an image is a no; those between the two are neither."),
};

/** Whether no image can be both. */
export function areApart({
  yesFrom,
  noUpTo,
}: {
  readonly yesFrom: number;
  readonly noUpTo: number;
}): boolean {
  return noUpTo <= yesFrom;
}
