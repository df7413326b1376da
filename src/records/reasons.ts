/** What can be wrong with one thing a prompt names. */
export const FAULTS = ["missing", "too few", "too many", "wrong color", "wrong place"] as const;
export type Fault = (typeof FAULTS)[number];

/** Which thing: the first or the second clause of the metadata's `include`. */
export const SUBJECTS = ["first", "second"] as const;
export type Subject = (typeof SUBJECTS)[number];

/** Why an image is not what its prompt asks for, in a form that a judge can answer and a generator can be fed. */
export type Reason = `${Subject} ${Fault}`;

/** Every reason. A reason's place is its id: in a judge's read-out, in a generator's input, in `reasonFlags`. */
export const REASONS: readonly Reason[] = SUBJECTS.flatMap((subject) =>
  FAULTS.map((fault): Reason => `${subject} ${fault}`),
);

/** Reasons as flags, 1 where given, shape (REASONS.length,). */
export function reasonFlags(reasons: readonly Reason[]): Uint8Array {
  return Uint8Array.from(REASONS, (reason) => Number(reasons.includes(reason)));
}
