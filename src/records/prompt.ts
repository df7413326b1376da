import { createHash } from "node:crypto";

/** The six tags of GenEval (Ghosh et al., 2023), in the order its summary prints them. */
export const TASKS = ["single_object", "two_object", "counting", "colors", "position", "color_attr"] as const;
export type Task = (typeof TASKS)[number];

/** Where one object stands relative to another, in GenEval's words. */
export const RELATIONS = ["left of", "right of", "above", "below"] as const;
export type Relation = (typeof RELATIONS)[number];

/** One clause of GenEval metadata: at least `count` objects of `class`, optionally of one colour, optionally placed. */
export interface Requirement {
  readonly class: string;
  readonly count: number;
  readonly color?: string;
  /** [relation of this object to the target group, index of the target clause in `include`, an earlier one]. */
  readonly position?: readonly [relation: string, target: number];
}

/** A line of GenEval's evaluation_metadata.jsonl. */
export interface PromptMetadata {
  readonly tag: string;
  readonly include: readonly Requirement[];
  readonly exclude?: readonly Requirement[];
  readonly prompt: string;
}

/** A prompt. `metadata` is absent for plain text that no detector can check. */
/** Ids of a text, shape (text,): 32 bits each for a vocabulary of more than 65,536. */
export type WordIds = Uint16Array | Uint32Array;

export interface Prompt {
  /** First 16 hex digits of sha256(text). */
  readonly id: string;
  readonly text: string;
  readonly metadata?: PromptMetadata;
}

/** First 16 hex digits of sha256 over a prompt's text. */
export function promptId(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

/** A text's words alone: Unicode's spellings of a letter, white space, what is invisible, capitals and last full stops set aside. */
export function wordsOf(text: string): string {
  const visible = text.normalize("NFKC").replace(/\p{Cf}/gu, "");
  return visible
    .replace(/[‘’]/g, "'")
    .replace(/[“”]/g, '"')
    .replace(/\s+/g, " ")
    .replace(/[\s.。]+$/, "")
    .trim()
    .toLowerCase();
}
