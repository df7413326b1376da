import type { PromptMetadata } from "../records/prompt.js";
import { type Reason, SUBJECTS } from "../records/reasons.js";
import type { ClauseFault } from "./evaluate.js";

/** Faults as reasons. Only the first two clauses have words for theirs. */
export function reasonsOf(faults: readonly ClauseFault[]): Reason[] {
  return faults.flatMap(({ clause, fault }): Reason[] => {
    const subject = SUBJECTS[clause];
    return subject === undefined ? [] : [`${subject} ${fault}`];
  });
}

/** Faults in words: "star: expected 2, found 1; ring: expected red, found blue". "" without any. */
export function writeFaults(faults: readonly ClauseFault[], metadata: PromptMetadata): string {
  return faults.map((fault) => writeFault(fault, metadata)).join("; ");
}

/** Reasons in words, as a judge gives them: it says what is wrong, not what is there instead. */
export function writeReasons(reasons: readonly Reason[], metadata: PromptMetadata): string {
  const sentences = reasons.map((reason) => {
    const subject = SUBJECTS.findIndex((one) => reason.startsWith(one));
    const fault = reason.slice((SUBJECTS[subject] as string).length + 1) as ClauseFault["fault"];
    return writeFault({ clause: subject, fault, found: SOMETHING_ELSE[fault] }, metadata);
  });
  return sentences.join("; ");
}

/** What a judge's reason says was found. */
const SOMETHING_ELSE: Record<ClauseFault["fault"], string> = {
  missing: "none",
  "too few": "fewer",
  "too many": "more",
  "wrong color": "another color",
  "wrong place": "elsewhere",
};

function writeFault({ clause, fault, found }: ClauseFault, metadata: PromptMetadata): string {
  const wanted = metadata.include[clause];
  if (wanted === undefined) return `expected less of something else, found ${found}`;
  const target = metadata.include[wanted.position?.[1] ?? -1];
  const expected = {
    missing: String(wanted.count),
    "too few": String(wanted.count),
    "too many": String(wanted.count),
    "wrong color": wanted.color,
    "wrong place": `${wanted.position?.[0]} the ${target?.class}`,
  }[fault];
  return `${wanted.class}: expected ${expected}, found ${found || "neither side of it"}`;
}
