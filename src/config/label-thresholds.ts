import { share } from "./fields.js";

/** From which and up to which P(yes) a judge's answer is a label. */
export const thresholds = {
  /** P(yes) from which an image is a yes. */
  yesFrom: share().default(0.5),
  /** P(yes) up to which an image is a no; those between the two are neither. */
  noUpTo: share().default(0.5),
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
