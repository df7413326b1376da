import type { Family } from "../../families/family.js";
import type { Progress } from "../../records/progress.js";
import type { Comparison } from "../../stages/comparison/compare.js";
import type { KnownCheckpoint } from "../../stages/known-checkpoint.js";
import type { ExecutorChoice } from "../executors/open-executor.js";
import type { JudgeTuning } from "./tune-judge.js";

export interface RunOptions {
  /** Folder of the workspace; made when missing. */
  readonly workspace: string;
  /** How messages and the ledger name the pipeline. */
  readonly source?: string;
  readonly signal?: AbortSignal;
  readonly progress?: Progress;
  readonly family?: Family;
  /** Folder of the bundled models. */
  readonly models?: string;
  /** Folder of the project, where prompt files are looked for. */
  readonly home?: string;
  /** Who computes the shards; this process unless given. */
  readonly executor?: ExecutorChoice;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** How a checkpoint of a run fared. */
export interface RoundOutcome {
  /** 0 is the base. */
  readonly round: number;
  readonly checkpoint: KnownCheckpoint;
  /** Whether the next round starts from it, or would. */
  readonly promoted: boolean;
  /** On the validation prompts, 0..1; null without a gate. */
  readonly validation: number | null;
  /** What the round did with the run's judge; absent where it left it. */
  readonly tuning?: JudgeTuning;
}

export interface RunResult {
  readonly run: string;
  readonly comparison: Comparison;
  /** The comparison as a table for a terminal. */
  readonly table: string;
  readonly rounds: readonly RoundOutcome[];
  /** Absolute paths. */
  readonly files: { readonly summary: string; readonly report: string; readonly table: string };
}
