/** The public API, name by name. Fakes of the seams are in espalier/testing. */

// Pipelines: a file's default export, checked, planned and run.
export { definePipeline } from "./config/define-pipeline.js";
export type { PipelineInput, RunConfig } from "./config/freeze-config.js";
export { freezeConfig } from "./config/freeze-config.js";
export type { RoundConfig, RoundInput } from "./config/schema/round.js";
export type { TrainingConfig } from "./config/schema/training.js";
export {
  CheckpointError,
  ConfigError,
  EspalierError,
  ExecutorError,
  HubError,
  PictureError,
  PromptError,
  StoreError,
  TrainerError,
  VerifierError,
} from "./errors.js";
// Model families.
export {
  openBundledDecoder,
  openBundledDetector,
  openBundledJudge,
  openBundledSampler,
} from "./families/bundled.js";
export type { Family } from "./families/family.js";
// GenEval's rules.
export { evaluateImage } from "./geneval/evaluate.js";
export type { Workspace } from "./paths.js";
export { workspacePaths } from "./paths.js";
// Records.
export type { Candidate, CandidateStatus, SamplerSettings } from "./records/candidate.js";
export { NEVER_COMMITTED } from "./records/candidate.js";
export type { Detection } from "./records/detection.js";
export type { GridImage, ImageHandle, Pixels } from "./records/image.js";
export type { Progress, ProgressTask } from "./records/progress.js";
export { SILENT } from "./records/progress.js";
export type { Prompt, PromptMetadata, Requirement, Task } from "./records/prompt.js";
export { TASKS } from "./records/prompt.js";
export type { Reason } from "./records/reasons.js";
export { REASONS } from "./records/reasons.js";
// Seams.
export type { Correction, Decoder, Detector, Judge, JudgeItem, Path, Sampler } from "./records/seams.js";
export type { Question, Verdict } from "./records/verdict.js";
export { QUESTIONS } from "./records/verdict.js";

// Runs and what they leave.
export { replayCandidate } from "./runner/inspection/replay-candidate.js";
export { showItem } from "./runner/inspection/show-item.js";
export type { WorkspaceStatus } from "./runner/inspection/status.js";
export { statusOf } from "./runner/inspection/status.js";
export type { LoadedPipeline } from "./runner/pipelines/load-pipeline.js";
export { loadPipeline } from "./runner/pipelines/load-pipeline.js";
export type { Plan } from "./runner/planning/plan-pipeline.js";
export { planPipeline } from "./runner/planning/plan-pipeline.js";
export type { RunOptions, RunResult } from "./runner/run/run-options.js";
export { runPipeline } from "./runner/run/run-pipeline.js";

// Search: which paths are advanced, forked, dropped or kept.
export { detectorJudge } from "./search/judges/detector-judge.js";
export { ensembleJudge } from "./search/judges/ensemble.js";
export type { SearchOptions } from "./search/scheduling/scheduler.js";
export { search } from "./search/scheduling/scheduler.js";
export { bestOfN } from "./search/strategies/best-of-n.js";
export type { Budget } from "./search/strategies/budget.js";
export { overPaths } from "./search/strategies/over-paths.js";
export { parm } from "./search/strategies/parm.js";
export { parmPlusPlus } from "./search/strategies/parm-plus-plus.js";
export { plain } from "./search/strategies/plain.js";
export { prm } from "./search/strategies/prm.js";
export { randomSearch } from "./search/strategies/random-search.js";
export { zeroOrder } from "./search/strategies/zero-order.js";
export type { SearchContext, SearchOutcome, SearchTask, Strategy } from "./search/strategy.js";

// Comparison.
export type { Comparison, ComparisonPair, ComparisonRow } from "./stages/comparison/compare.js";
export { compare } from "./stages/comparison/compare.js";
