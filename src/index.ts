/** The public API, name by name; fakes for tests are in espalier/testing. */
export { definePipeline } from "./config/define-pipeline.js";
export type { PipelineInput, RunConfig } from "./config/freeze-config.js";
export { freezeConfig } from "./config/freeze-config.js";
export type { RoundConfig, RoundInput } from "./config/round-schema.js";
export {
  CheckpointError,
  ConfigError,
  EspalierError,
  PromptError,
  StoreError,
  TrainerError,
  VerifierError,
} from "./errors.js";
export { evaluateImage } from "./geneval/evaluate.js";
export type { Workspace } from "./paths.js";
export { workspacePaths } from "./paths.js";
export type { Candidate, CandidateStatus, SamplerSettings } from "./records/candidate.js";
export { NEVER_COMMITTED } from "./records/candidate.js";
export type { Detection } from "./records/detection.js";
export type { ImageHandle, Pixels } from "./records/image.js";
export type { Progress, Task as ProgressTask } from "./records/progress.js";
export { SILENT } from "./records/progress.js";
export type { Prompt, PromptMetadata, Requirement, Task } from "./records/prompt.js";
export { TASKS } from "./records/prompt.js";
export type { Correction, Decoder, Detector, Judge, JudgeItem, Path, Sampler } from "./records/seams.js";
export type { Question, Verdict } from "./records/verdict.js";
export { QUESTIONS } from "./records/verdict.js";
