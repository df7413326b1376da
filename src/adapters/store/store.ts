import type { Workspace } from "../../paths.js";
import type { PictureCandidate } from "../../records/picture.js";
import type { Prompt } from "../../records/prompt.js";
import type { Review, ReviewOrder } from "../../records/review.js";
import type { Browser } from "./browse/browser.js";
import type { MarkStore } from "./browse/marks.js";
import type {
  ArtifactRow,
  CheckpointRow,
  EvaluationItem,
  EvaluationRow,
  LocatedCandidate,
  LocatedPicture,
  MeasuredStage,
  NewCandidate,
  NewPair,
  PromptCandidates,
  ReviewedPair,
  ReviewRow,
  RoundRow,
  RunRow,
  SearchRow,
  ShardCosts,
  ShardFaultRow,
  ShardRow,
  StoredPair,
  VerdictRow,
} from "./rows.js";
import type { WorkState } from "./schema.js";
import type { AnswerStore } from "./tables/answers.js";
import type { ArtifactStore } from "./tables/artifacts.js";
import type { EvaluationStore } from "./tables/evaluations.js";
import type { JobStore } from "./tables/jobs.js";
import type { PictureStore } from "./tables/pictures.js";
import type { RemovalStore } from "./tables/removals.js";
import type { StageStore } from "./tables/stages.js";

/** The ledger of a workspace. Every call is synchronous; iterations stream and may be left early. */
export interface Store {
  readonly workspace: Workspace;
  readonly readOnly: boolean;
  readonly runs: RunStore;
  readonly rounds: RoundStore;
  readonly stages: StageStore;
  readonly shards: ShardStore;
  readonly prompts: PromptStore;
  readonly candidates: CandidateStore;
  readonly pictures: PictureStore;
  readonly verdicts: VerdictStore;
  readonly answers: AnswerStore;
  readonly pairs: PairStore;
  readonly reviews: ReviewStore;
  readonly marks: MarkStore;
  readonly checkpoints: CheckpointStore;
  readonly evaluations: EvaluationStore;
  readonly searches: SearchStore;
  readonly artifacts: ArtifactStore;
  readonly jobs: JobStore;
  readonly browse: Browser;
  readonly removals: RemovalStore;
  /** Rows of every table by its SQL name. */
  counts(): Record<string, number>;
  /** Whether a live process holds the lease: what is said to run does only then. */
  isWritten(): boolean;
  /** Gives the lease back. Iterations begun before may run on. Safe to call twice. */
  close(): void;
}

export interface RunStore {
  /**
   * Makes the run, or finds it and sets it running again. Throws StoreError when the id has another config hash than this
   * one and `grownFrom`, the hash it may have had before settings were added.
   */
  open(
    run: Pick<RunRow, "id" | "pipeline" | "configHash" | "config"> & { grownFrom?: string | undefined },
  ): RunRow;
  end(id: string, progress: Exclude<WorkState, "running">, message?: string): void;
  find(id: string): RunRow | undefined;
  /** Newest first. */
  list(): RunRow[];
}

export interface RoundStore {
  /** Makes the round or rewrites its reference policy, manifest and starting checkpoint. */
  open(
    round: Pick<RoundRow, "runId" | "number" | "manifest"> &
      Partial<Pick<RoundRow, "referencePolicy" | "fromCheckpoint">>,
  ): RoundRow;
  finish(runId: string, number: number, result: { toCheckpoint?: string; promoted?: boolean }): void;
  find(runId: string, number: number): RoundRow | undefined;
  list(runId: string): RoundRow[];
}

/** What a shard's transaction may write. Rows land with the shard row or not at all. */
export interface ShardWriter {
  /** `prompts[i]` is row `i` of the shard. */
  prompts(prompts: Iterable<Prompt>): void;
  /** Candidate `i` is row `i` of the shard's file. Their prompts must be stored. */
  candidates(candidates: Iterable<NewCandidate>): void;
  /** Pictures as candidates: picture `i` is row `i` of the shard's file. What is said of a known one replaces what was. */
  pictures(candidates: Iterable<PictureCandidate>): void;
  /** A verdict on the same candidate, judge, question and step is replaced. */
  verdicts(verdicts: Iterable<VerdictRow>): void;
  /** Pair `i` is row `i` of the shard's file. */
  pairs(pairs: Iterable<NewPair>): void;
  /** The evaluation that `evaluationItems` belong to: one a stage. Rewritten when it exists. */
  evaluation(evaluation: Omit<EvaluationRow, "stageId">): void;
  evaluationItems(items: Iterable<EvaluationItem>): void;
  /** The searches of this shard. Their prompts and chosen candidates must be stored. */
  searches(searches: Iterable<NewSearch>): void;
  checkpoint(checkpoint: Omit<CheckpointRow, "stageId">): void;
  artifact(artifact: Omit<ArtifactRow, "stageId">): void;
}

/** What an Arrow writer returned; `file` relative to the workspace root. A shard of ledger rows only has no file. */
export type ShardResult = { readonly rows: number } & (
  | { readonly file: string; readonly sha256: string }
  | { readonly file?: undefined; readonly sha256?: undefined }
);

export interface ShardStore {
  /** The shard's row when it is done, else undefined. */
  find(stageId: string, index: number): ShardRow | undefined;
  isDone(stageId: string, index: number): boolean;
  /** Takes a shard's row and what hangs on it away, so that it is done again. Content rows stay. */
  forget(stageId: string, index: number): void;
  /** Writes the shard row and all that `write` writes in one transaction. `write` must be synchronous. */
  commit(
    stageId: string,
    index: number,
    result: ShardResult,
    write?: (writer: ShardWriter) => void,
  ): ShardRow;
  /** By index. */
  list(stageId: string): ShardRow[];
  progress(stageId: string): { shards: number; rows: number };
  /** Keeps what a done shard cost. */
  measure(stageId: string, index: number, costs: ShardCosts): void;
  /** When the latest `limit` shards of a stage were committed, newest first. */
  latest(stageId: string, limit: number): number[];
  /** What the measured shards of the workspace cost, stage name by stage name. */
  measured(): MeasuredStage[];
  /** Keeps a try that failed. */
  fault(fault: Omit<ShardFaultRow, "id" | "failedAt">): void;
  /** The failed tries of a stage, oldest first. */
  faults(stageId: string): ShardFaultRow[];
}

export interface PromptStore {
  /** By id, or by its first digits. Throws StoreError when several match. */
  find(idStart: string): Prompt | undefined;
  /** The prompts of a prompts stage, in its order. */
  iterate(stageId: string): IterableIterator<Prompt>;
  count(stageId: string): number;
}

export interface CandidateStore {
  /** By id, or by its first digits. Throws StoreError when several match. */
  find(idStart: string): LocatedCandidate | undefined;
  /** By shard and row. */
  iterate(stageId: string): IterableIterator<LocatedCandidate>;
  /** Pictures that a source drew, of any stage, by prompt id, seed and id. */
  ofSource(checkpoint: string): IterableIterator<LocatedPicture>;
  /** All of a prompt's, of any stage, by checkpoint, seed and id. */
  ofPrompt(promptId: string): IterableIterator<LocatedCandidate>;
  /** A shard's candidates with their prompts, by row: the unit the scores stage works in. */
  ofShard(stageId: string, index: number): IterableIterator<LocatedCandidate & { readonly prompt: Prompt }>;
  /**
   * The stage's candidates grouped by prompt (by prompt id; within a prompt by seed, id), each with the
   * outcome verdict of `judge` at its own `steps`.
   */
  byPrompt(stageId: string, judge: string): IterableIterator<PromptCandidates>;
}

export interface VerdictStore {
  /** By judge, question and step. */
  ofCandidate(candidateId: string): VerdictRow[];
  find(key: Omit<VerdictRow, "verdict">): VerdictRow | undefined;
}

export interface PairStore {
  find(idStart: string): StoredPair | undefined;
  /** By shard and row, of the stage or of one of its shards. */
  iterate(stageId: string, shardIndex?: number): IterableIterator<StoredPair>;
  ofPrompt(promptId: string): IterableIterator<StoredPair>;
  /** Lower-case hex sha256 over the sorted ids of the stage's pairs, one a line. */
  setHash(stageId: string): string;
  /** The pair of this whole id in the stage. */
  inStage(stageId: string, id: string): StoredPair | undefined;
}

/** What people say of pairs. Rows are only added: taking an answer back is a row of its own. */
export interface ReviewStore {
  /** Keeps an answer. Throws StoreError when this person's answer on the two images stands already. */
  answer(review: Review & { readonly stageId: string }): ReviewRow;
  /** Takes back the person's last standing answer in the stage and returns it; undefined when there is none. */
  undo(stageId: string, reviewer: string): ReviewRow | undefined;
  /** The last row of this person in the stage, answers and undos alike; 0 when there is none. */
  lastId(stageId: string, reviewer: string): number;
  /** The first pairs of the stage on whose images no answer of this person stands. */
  waiting(stageId: string, reviewer: string, order: ReviewOrder, limit: number): StoredPair[];
  /** Pairs of the stage on whose images an answer of this person stands. */
  answered(stageId: string, reviewer: string): number;
  /** The pairs of the stage, or of one of its shards, that anyone answered on, by shard and row. */
  reviewed(stageId: string, shardIndex?: number): IterableIterator<ReviewedPair>;
}

export interface CheckpointStore {
  /** Keeps a checkpoint that no stage made (bundled, brought in). */
  add(checkpoint: Omit<CheckpointRow, "stageId">): void;
  /** Keeps one together with whatever is written next. Where nothing is, `undo` takes its files away again. */
  introduce(checkpoint: Omit<CheckpointRow, "stageId">, undo?: () => void): void;
  /** By identity or its first digits, or by exact name. */
  find(identityStart: string): CheckpointRow | undefined;
  /** The one of exactly this identity. */
  identified(identity: string): CheckpointRow | undefined;
  /** What a training stage made. */
  madeBy(stageId: string): CheckpointRow | undefined;
  list(): CheckpointRow[];
}

/** A search to store. */
export type NewSearch = Omit<SearchRow, "stageId" | "shardId">;

/** What the searches of a stage cost together. */
export interface SearchCosts
  extends Pick<SearchRow, "nfe" | "sampledNfe" | "judgeCalls" | "failedVerdicts" | "seconds"> {
  readonly searches: number;
}

export interface SearchStore {
  /** By shard and place in it. */
  iterate(stageId: string): IterableIterator<SearchRow>;
  /** The stored paths of a search, in the order they were opened. */
  paths(search: Pick<SearchRow, "shardId" | "firstRow" | "paths">): LocatedCandidate[];
  costs(stageId: string): SearchCosts;
}
