import type { Candidate } from "../../records/candidate.js";
import type { Question } from "../../records/verdict.js";

/** What an atomic write left behind. */
export interface WrittenFile {
  /** As it was given. */
  readonly file: string;
  /** Lower-case hex, of the whole file. */
  readonly sha256: string;
  readonly rows: number;
}

/** A row of a candidates shard: a candidate whose checkpoint and settings are the shard's stage's. */
export interface CandidateFileRow extends Omit<Candidate, "checkpoint" | "settings"> {
  /** The prompt's text. */
  readonly prompt: string;
}

/** A row of what judges learn from: an image at a step of its path, and what should be answered about it. */
export interface JudgeFileRow {
  readonly promptId: string;
  /** The prompt's text. */
  readonly prompt: string;
  /** GenEval tag. */
  readonly tag: string;
  /** Word ids of the prompt, shape (text,). */
  readonly text: Uint16Array;
  /** Candidate id of the path. */
  readonly path: string;
  /** Steps run, and of a full path. */
  readonly step: number;
  readonly steps: number;
  /** The preview at that step, shape (tokens,). */
  readonly tokens: Uint16Array;
  /** 1 where the token was committed, shape (tokens,). */
  readonly settled: Uint8Array;
  /** 0 or 1, or NOT_ASKED, by QUESTIONS. */
  readonly answers: Uint8Array;
  /** Flags by REASONS, where reflection is answered with no. */
  readonly reasons: Uint8Array;
  /** The same in words. */
  readonly written: string;
}

/** A judge's answer to one question about a labelled image. */
export interface AnswerRow {
  readonly promptId: string;
  /** GenEval tag. */
  readonly tag: string;
  /** Candidate id of the path, and the steps it had run. */
  readonly path: string;
  readonly step: number;
  readonly question: Question;
  /** The label: whether "yes" is right. */
  readonly correct: boolean;
  /** P(yes), 0..1; null when the verdict is no score. */
  readonly score: number | null;
  /** Why there is no score; empty when there is. */
  readonly failure: string;
}

/** One side of a pair as the trainer reads it. */
export interface PairSide {
  readonly id: string;
  readonly seed: number;
  /** 0..1. */
  readonly score: number;
  readonly tokens: Uint16Array;
  readonly committedAt: Uint8Array;
  /** The image as PNG. */
  readonly png: Uint8Array;
}

/** A row of a pairs shard. */
export interface PairFileRow {
  readonly id: string;
  readonly prompt: string;
  /** GenEval tag; empty for plain text. */
  readonly tag: string;
  /** Word ids of the prompt, shape (text,). */
  readonly text: Uint16Array;
  readonly margin: number;
  readonly chosen: PairSide;
  readonly rejected: PairSide;
}
