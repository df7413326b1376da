import type { InferSelectModel } from "drizzle-orm";
import type { Candidate } from "../../records/candidate.js";
import type { Detection } from "../../records/detection.js";
import type { PictureCandidate, PictureMetadata, StoredPicture } from "../../records/picture.js";
import type { Prompt } from "../../records/prompt.js";
import type { Review } from "../../records/review.js";
import type { Question, Verdict } from "../../records/verdict.js";
import type * as schema from "./schema.js";

export type RunRow = InferSelectModel<typeof schema.runs>;
export type RoundRow = InferSelectModel<typeof schema.rounds>;
export type StageRow = InferSelectModel<typeof schema.stages>;
export type ShardRow = InferSelectModel<typeof schema.shards>;
export type ShardFaultRow = InferSelectModel<typeof schema.shardFaults>;
export type JobRow = InferSelectModel<typeof schema.jobs>;
export type PairRow = InferSelectModel<typeof schema.pairs>;
export type ReviewRow = InferSelectModel<typeof schema.reviews>;
export type CheckpointRow = InferSelectModel<typeof schema.checkpoints>;
export type EvaluationRow = InferSelectModel<typeof schema.evaluations>;
export type SearchRow = InferSelectModel<typeof schema.searches>;
export type ArtifactRow = InferSelectModel<typeof schema.artifacts>;

/** What a shard cost: wall time, the units it held, and the size of its file where it has one. */
export interface ShardCosts {
  readonly seconds: number;
  readonly units: number;
  readonly bytes: number | null;
}

/** The measured shards of all stages of one name together. */
export interface MeasuredStage {
  readonly name: string;
  readonly shards: number;
  readonly units: number;
  readonly seconds: number;
  readonly bytes: number;
}

/** What the ledger knows of a path's candidate without opening its Arrow file. */
export type CandidateRow = Omit<Candidate, "tokens" | "committedAt">;

/** A candidate to store. With its tokens, their hash is kept: identical images are found without opening files. */
export type NewCandidate = CandidateRow & Partial<Pick<Candidate, "tokens">>;

/** Where a candidate's or pair's bulk data lies: `file` relative to the workspace root, `row` from 0 in it. */
export interface Location {
  readonly file: string;
  /** Of the whole file, hex. */
  readonly sha256: string | null;
  readonly row: number;
}

/** A candidate that is a token grid. */
export interface LocatedPath extends Omit<CandidateRow, "picture">, Location {
  readonly picture?: undefined;
  readonly metadata?: undefined;
}

/** A candidate whose path led to a picture: it can be sampled again, and is kept as pictures are. */
export interface LocatedDrawing extends CandidateRow, Location {
  readonly picture: StoredPicture;
  readonly metadata: PictureMetadata;
}

/** A candidate that is a picture: the ledger knows all of it but the bytes. */
export interface LocatedPicture
  extends PictureCandidate,
    Location,
    Nothing<"settings" | "forks" | "correction" | "nfe"> {
  readonly steps: 0;
  readonly status: "finished";
  readonly reason: "";
}

type Nothing<Names extends string> = { readonly [Name in Names]?: undefined };

export type LocatedCandidate = LocatedPath | LocatedDrawing | LocatedPicture;

/** A candidate with what one judge said of its finished image; null where it was not asked. */
export type JudgedCandidate = LocatedCandidate & {
  readonly verdict: Verdict | null;
  /** Equal for identical images; null when it was not kept. */
  readonly grid: string | null;
};

/** All candidates of one prompt in one stage, by seed and then id. */
export interface PromptCandidates {
  readonly prompt: Prompt;
  readonly candidates: readonly JudgedCandidate[];
}

export interface VerdictRow {
  readonly candidateId: string;
  readonly judge: string;
  readonly question: Question;
  /** Decoding steps run when it was asked. An outcome is asked at the candidate's own `steps`. */
  readonly step: number;
  readonly verdict: Verdict;
}

/** A pair to store; its id is `pairId(chosenId, rejectedId)`. */
export interface NewPair {
  readonly promptId: string;
  readonly chosenId: string;
  readonly rejectedId: string;
  readonly chosenScore: number;
  readonly rejectedScore: number;
  readonly margin: number;
  readonly policy: string;
  /** Decoding steps that the two have in common; null unless given. */
  readonly sharedSteps?: number | null;
  /** What people decided of it; "unreviewed" unless given. */
  readonly review?: PairRow["review"];
}

export interface StoredPair extends PairRow {
  /** Null when the pair's shard has no file. */
  readonly file: string | null;
  readonly sha256: string | null;
}

/** A pair with every standing answer on its two images, oldest first. */
export interface ReviewedPair {
  readonly pair: StoredPair;
  readonly reviews: readonly Review[];
}

export interface EvaluationItem {
  readonly promptId: string;
  /** From 0 within the prompt; with the prompt, the key on which two evaluations are paired. */
  readonly sample: number;
  readonly candidateId: string;
  readonly correct: boolean;
  /** GenEval's reason, or the judge's; empty when correct. */
  readonly reason: string;
  /** Of the judge that decided, 0..1; null unless given: a detector decided. */
  readonly score?: number | null;
  /** A second, held-out verifier's score, 0..1. */
  readonly heldOutScore: number | null;
  readonly detections: readonly Detection[];
}

/** An evaluation item with what a comparison needs beside it. */
export interface EvaluatedItem extends EvaluationItem {
  readonly text: string;
  /** GenEval tag. */
  readonly tag: string | null;
  /** Null where nobody knows it. */
  readonly seed: number | null;
}
