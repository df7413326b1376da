import type { Candidate } from "../../records/candidate.js";
import type { Picture, PictureCandidate, PictureMetadata } from "../../records/picture.js";
import type { WordIds } from "../../records/prompt.js";
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

/** A row of a candidates shard whose images are pictures. */
export interface DrawingFileRow
  extends Pick<Candidate, "id" | "promptId" | "seed" | "steps" | "status" | "reason"> {
  /** The prompt's text. */
  readonly prompt: string;
  readonly picture: Picture;
  /** Where its bytes lie, an absolute path. */
  readonly path: string;
}

/** A row of a shard of pictures. */
export interface PictureFileRow extends Omit<PictureCandidate, "checkpoint" | "picture"> {
  /** The prompt's text. */
  readonly prompt: string;
  readonly picture: Picture;
  /** Where its bytes lie, an absolute path. */
  readonly path: string;
}

/** A row of what judges learn from: an image at a step of its path, and what should be answered about it. */
export interface JudgeFileRow {
  readonly promptId: string;
  /** The prompt's text. */
  readonly prompt: string;
  /** GenEval tag. */
  readonly tag: string;
  /** Word ids of the prompt, shape (text,). */
  readonly text: WordIds;
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

/** One side of a pair of token grids, as the trainer reads it. */
export interface GridSide extends Nothing<"picture" | "metadata"> {
  readonly id: string;
  readonly seed: number;
  /** 0..1. */
  readonly score: number;
  readonly tokens: Uint16Array;
  readonly committedAt: Uint8Array;
  /** The image as PNG. */
  readonly png: Uint8Array;
}

/** One side of a pair of pictures. */
export interface PictureSide extends Nothing<"tokens" | "committedAt" | "png"> {
  readonly id: string;
  /** Null where the source does not say it. */
  readonly seed: number | null;
  /** 0..1. */
  readonly score: number;
  /** The hash of its bytes and where they lie, an absolute path; empty where the file itself holds them. */
  readonly picture: { readonly sha256: string; readonly path: string };
  readonly metadata: PictureMetadata;
  /** The bytes as they came. Throws StoreError where they are gone or others. */
  encoded(): Promise<Uint8Array>;
}

type Nothing<Names extends string> = { readonly [Name in Names]?: undefined };

export type PairSide = GridSide | PictureSide;

/** The encoded image of a side: of a grid as PNG, of a picture as it came. */
export async function encodedSide(side: PairSide): Promise<Uint8Array> {
  return side.picture === undefined ? side.png : side.encoded();
}

/** Where the bytes of a picture are read that lies outside of the file. */
export type PictureBytes = (sha256: string, path: string) => Promise<Uint8Array>;

/** A row of a pairs shard. */
export interface PairFileRow<Side extends PairSide = GridSide> {
  readonly id: string;
  readonly prompt: string;
  /** GenEval tag; empty for plain text. */
  readonly tag: string;
  /** Word ids of the prompt, shape (text,); empty beside pictures. */
  readonly text: WordIds;
  readonly margin: number;
  readonly chosen: Side;
  readonly rejected: Side;
}

/** A row of a pairs shard, whatever its images are. */
export type AnyPairRow = PairFileRow<PairSide>;
