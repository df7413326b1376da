import type { Pace, StageRow, Store } from "../../adapters/store/index.js";
import { StoreError } from "../../errors.js";
import type { ProgressTask } from "../../records/progress.js";

/** Between two times that the ledger is told, in milliseconds. */
const TOLD_EVERY = 2000;

/**
 * The task, which also keeps in the ledger how far it is: who reads there follows it inside of a shard. `now` is in milliseconds since 1970.
 */
export function keptProgress(
  { stages }: Store,
  stage: StageRow,
  task: ProgressTask,
  parts: {
    readonly unit: string;
    readonly total: number;
    readonly before: number;
    readonly now?: () => number;
  },
): ProgressTask {
  const { now = Date.now, ...fixed } = parts;
  const since = now();
  let pace: Pace = { ...fixed, done: fixed.before, since, at: since, detail: "" };
  let told = 0;
  let later: NodeJS.Timeout | undefined;
  const tell = () => {
    clearTimeout(later);
    later = undefined;
    told = pace.at;
    try {
      stages.tell(stage.id, pace);
    } catch (error) {
      // It harms nobody when it is not told: every commit looks at the lease and the disk again.
      if (!(error instanceof StoreError)) throw error;
    }
  };
  tell();
  return {
    advance: (count, detail = "") => {
      task.advance(count, detail);
      pace = { ...pace, done: pace.done + count, at: now(), detail };
      if (pace.at - told >= TOLD_EVERY) tell();
      // What comes at once is told too, though nothing may come after it for long.
      else later ??= setTimeout(tell, TOLD_EVERY).unref();
    },
    end: () => {
      task.end();
      clearTimeout(later);
      if (pace.at > told) tell();
    },
  };
}
