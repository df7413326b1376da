export type { EvaluatedAs } from "./browse/browser.js";
export {
  type BrowsedCandidate,
  CANDIDATE_ORDERS,
  type CandidateFilter,
} from "./browse/candidates.js";
export { FLIP_KINDS, FLIP_ORDERS, type Flip, type FlipFilter } from "./browse/flips.js";
export type { StoredMark } from "./browse/marks.js";
export type { Cursor, PageOf } from "./browse/page-of.js";
export { type BrowsedPair, PAIR_ORDERS, type PairFilter } from "./browse/pairs.js";
export { gridHash, pairId, pairSetHash, type StageKey, settingsHash, stageId } from "./ids.js";
export { INTERRUPTED } from "./interrupted.js";
export { type OpenOptions, openStore } from "./open.js";
export { type QueryResult, queryLedger } from "./query.js";
export type {
  ArtifactRow,
  CandidateRow,
  CheckpointRow,
  EvaluatedItem,
  EvaluationItem,
  EvaluationRow,
  JobRow,
  JudgedCandidate,
  LocatedCandidate,
  LocatedDrawing,
  LocatedPath,
  LocatedPicture,
  Location,
  MeasuredStage,
  NewCandidate,
  NewPair,
  PairRow,
  PromptCandidates,
  ReviewedPair,
  ReviewRow,
  RoundRow,
  RunRow,
  SearchRow,
  ShardCosts,
  ShardFaultRow,
  ShardRow,
  StageRow,
  StoredPair,
  VerdictRow,
} from "./rows.js";
export type { Json, Pace, WorkState } from "./schema.js";
export { openSpool, type Spool } from "./spool.js";
export type {
  NewSearch,
  SearchCosts,
  ShardResult,
  ShardWriter,
  Store,
} from "./store.js";
export { type AnswerStore, NOTHING_SPENT, type Spent } from "./tables/answers.js";
