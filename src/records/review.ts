/** What a person can say of two images side by side: which one is better, or why neither is. */
export const REVIEW_ANSWERS = ["left", "right", "tie", "both-bad", "skip"] as const;
export type ReviewAnswer = (typeof REVIEW_ANSWERS)[number];

/** Which pairs are asked first: those on which the judge is least sure, or any. */
export const REVIEW_ORDERS = ["least-sure", "random"] as const;
export type ReviewOrder = (typeof REVIEW_ORDERS)[number];

/** One answer of one person, as it was given. */
export interface Review {
  readonly reviewer: string;
  /** Candidate ids, as they were shown. */
  readonly leftId: string;
  readonly rightId: string;
  readonly answer: ReviewAnswer;
}
