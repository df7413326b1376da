import type { Candidate } from "../../records/candidate.js";

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
