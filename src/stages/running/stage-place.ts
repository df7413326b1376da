import type { Store } from "../../adapters/store/index.js";
import type { Progress } from "../../records/progress.js";
import type { ShardExecutor } from "./executor.js";

/** Where a stage runs: in which round of which run, on which ledger, and how it is watched and stopped. */
export interface StagePlace {
  readonly store: Store;
  readonly runId: string;
  readonly round: number;
  readonly progress: Progress;
  /** Opens the run in the ledger; called with its id before a stage is: a command that is refused earlier leaves nothing. */
  readonly begin?: (stage: string) => void | Promise<void>;
  readonly signal?: AbortSignal;
  /** Computes shards that may be computed elsewhere; this process does without it. */
  readonly executor?: ShardExecutor;
}
