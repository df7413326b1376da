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
/** What a person decides of a candidate or a pair while looking at it. */
export const MARK_DECISIONS = ["keep", "drop"] as const;
export type MarkDecision = (typeof MARK_DECISIONS)[number];

export const MARKED_KINDS = ["candidate", "pair"] as const;
export type MarkedKind = (typeof MARKED_KINDS)[number];

/** All that one person says of one thing: a later mark of the same person replaces it whole. */
export interface Mark {
  readonly person: string;
  readonly kind: MarkedKind;
  /** Id of the candidate or the pair. */
  readonly subject: string;
  /** Null for none. */
  readonly decision: MarkDecision | null;
  readonly flagged: boolean;
  /** Empty for none. */
  readonly note: string;
}
