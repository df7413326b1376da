/** Candidates that no model sampled: a number gives its prompt, tokens and score, the same at every call. */
import type { Candidate } from "../../src/records/candidate.js";
import { type Prompt, TASKS } from "../../src/records/prompt.js";

export const PER_PROMPT = 8;
export const JUDGE = "made-up";
const TOKENS = 64;
const SETTINGS = { steps: 8, guidanceScale: 1, temperature: 2, schedule: "cosine" } as const;

export function promptOf(number: number): Prompt {
  const text = `a photo of thing ${number}`;
  const tag = TASKS[number % TASKS.length] as string;
  return {
    id: hex(number, 16),
    text,
    metadata: { tag, include: [{ class: "thing", count: 1 }], prompt: text },
  };
}

export function candidateOf(number: number): Candidate {
  return {
    id: hex(number, 24),
    promptId: hex(Math.floor(number / PER_PROMPT), 16),
    checkpoint: "bench",
    settings: SETTINGS,
    seed: mixed(number),
    tokens: Uint16Array.from({ length: TOKENS }, (_, at) => mixed(number * TOKENS + at) % 1024),
    committedAt: Uint8Array.from({ length: TOKENS }, (_, at) => at % SETTINGS.steps),
    steps: SETTINGS.steps,
    status: "finished",
    reason: "",
  };
}

export function verdictOf({ id, steps }: Candidate, number: number) {
  const verdict = { kind: "scored", score: mixed(number ^ 0x5bd1e995) / 2 ** 32 } as const;
  return { candidateId: id, judge: JUDGE, question: "outcome" as const, step: steps, verdict };
}

/** Unique and spread over the index like a hash. */
export function hex(number: number, digits: number): string {
  return (mixed(number).toString(16).padStart(8, "0") + number.toString(16).padStart(8, "0")).padEnd(
    digits,
    "0",
  );
}

/** A 32-bit integer mixer (Ellis, "lowbias32", 2018). */
function mixed(number: number): number {
  let value = number | 0;
  value = Math.imul(value ^ (value >>> 16), 0x7feb352d);
  value = Math.imul(value ^ (value >>> 15), 0x846ca68b);
  return (value ^ (value >>> 16)) >>> 0;
}
