import {
  INTERRUPTED,
  openStore,
  type Pace,
  type StageRow,
  type Store,
  type WorkState,
} from "../../adapters/store/index.js";
import { workspacePaths } from "../../paths.js";
import { lineThatMade, typedLine } from "../../stages/running/stage-command.js";
import type { TuningRecord } from "../run/tune-judge.js";
import { countsInShort, settingsInShort } from "./in-short.js";

/** "interrupted" runs in the ledger alone: its process ended without a word. */
export type Shown = WorkState | "interrupted";

export interface StageStatus {
  readonly id: string;
  readonly round: number;
  readonly name: string;
  readonly progress: Shown;
  readonly shards: { readonly done: number; readonly planned: number | null };
  /** Tries of shards that failed, and shards that were given up. */
  readonly faults: { readonly tries: number; readonly setAside: number };
  /** While it runs: shards a second of late, and the seconds left at that rate; null before two are done. */
  readonly pace: { readonly shardsPerSecond: number; readonly secondsLeft: number } | null;
  /** How far it is inside of its shards, as its process said last; null where it did not say. */
  readonly advance: Advance | null;
  /** What people call it, and say of it. */
  readonly title: string | null;
  readonly note: string | null;
  /** Milliseconds since 1970; an interrupted one has no end. */
  readonly startedAt: number;
  readonly finishedAt: number | null;
  /** What its measured shards took together. */
  readonly seconds: number;
  /** What sets it apart from others of its name, and what it came to, each in a few words. */
  readonly settings: readonly string[];
  readonly counts: readonly string[];
  /** The line that goes on with it; null where it is finished, runs, or no line is known. */
  readonly goOn: string | null;
  /** Why it failed or stopped. */
  readonly message: string | null;
  readonly summary: Readonly<Record<string, unknown>> | null;
}

/** Units (images, steps, pairs) of a stage. */
export interface Advance {
  readonly unit: string;
  readonly done: number;
  readonly total: number;
  /** Of this process, since it began; null before anything was done. */
  readonly perSecond: number | null;
  /** At that rate. */
  readonly secondsLeft: number | null;
  /** "loss 0.61", or nothing. */
  readonly detail: string;
}

export interface RoundStatus {
  readonly number: number;
  readonly reference: string | null;
  readonly fromCheckpoint: string | null;
  readonly toCheckpoint: string | null;
  /** Null until decided. */
  readonly promoted: boolean | null;
  /** What the round did with the run's judge; null where it left it, or is not over. */
  readonly judge: TuningRecord | null;
}

export interface RunStatus {
  readonly run: string;
  readonly pipeline: string;
  readonly progress: Shown;
  readonly message: string | null;
  readonly rounds: readonly RoundStatus[];
  readonly stages: readonly StageStatus[];
}

export interface WorkspaceStatus {
  readonly workspace: string;
  /** Newest first. */
  readonly runs: readonly RunStatus[];
  /** Rows of every table. */
  readonly counts: Readonly<Record<string, number>>;
}

/** What the runs of a workspace have done. Only reads, also beside a running process. Throws StoreError when there is none. */
export function statusOf(workspace: string): WorkspaceStatus {
  const store = openStore(workspacePaths(workspace), { readOnly: true });
  try {
    const shown = shownBy(store);
    const runs = store.runs.list().map(({ id, pipeline, progress, message }) => ({
      run: id,
      pipeline,
      progress: shown(progress),
      message,
      rounds: store.rounds
        .list(id)
        .map(({ number, referencePolicy, fromCheckpoint, toCheckpoint, promoted, manifest }) => {
          const judge = (manifest["judge"] as TuningRecord | undefined) ?? null;
          return { number, reference: referencePolicy, fromCheckpoint, toCheckpoint, promoted, judge };
        }),
      stages: store.stages.list(id).map((stage) => stageStatus(store, stage, shown(stage.progress))),
    }));
    return { workspace: store.workspace.root, runs, counts: store.counts() };
  } finally {
    store.close();
  }
}

/** What work is shown to do: it runs only while a process holds the lease. */
export function shownBy(store: Store): (progress: WorkState) => Shown {
  const isWritten = store.isWritten();
  return (progress) => (progress === "running" && !isWritten ? "interrupted" : progress);
}

export function stageStatus(store: Store, stage: StageRow, progress: Shown): StageStatus {
  const { id, round, name, title, note, summary, plannedShards, startedAt, finishedAt } = stage;
  const done = store.shards.progress(id).shards;
  const failed = store.shards.faults(id);
  const runs = progress === "running";
  return {
    ...{ id, round, name, title, note, progress, summary, startedAt },
    finishedAt: runs || progress === "interrupted" ? null : finishedAt,
    message: messageOf(stage, progress),
    shards: { done, planned: plannedShards },
    faults: { tries: failed.length, setAside: failed.filter(({ setAside }) => setAside).length },
    pace: runs ? paceOf(store.shards.latest(id, PACE_SHARDS), plannedShards, done) : null,
    advance: advanceOf(stage.pace),
    seconds: store.shards.list(id).reduce((sum, { seconds }) => sum + (seconds ?? 0), 0),
    settings: settingsInShort(store, stage),
    counts: countsInShort(stage),
    goOn: runs || progress === "finished" ? null : lineOf(store, id),
  };
}

function messageOf({ message }: StageRow, progress: Shown): string | null {
  return progress === "interrupted" ? INTERRUPTED : message;
}

function lineOf(store: Store, stage: string): string | null {
  const line = lineThatMade(store, stage);
  return line === undefined ? null : typedLine(line, store.workspace.root);
}

/** How far a process said it was; a rate needs something done since it began. */
export function advanceOf(pace: Pace | null): Advance | null {
  if (pace === null) return null;
  const { unit, total, done, before, since, at, detail } = pace;
  const perSecond = done > before && at > since ? (done - before) / ((at - since) / 1000) : null;
  const secondsLeft = perSecond === null ? null : (total - done) / perSecond;
  return { unit, done, total, perSecond, secondsLeft, detail };
}

/** Shards that the rate is taken from. */
const PACE_SHARDS = 100;

/** `times` of the latest commits in milliseconds, newest first. */
export function paceOf(times: readonly number[], planned: number | null, done: number): StageStatus["pace"] {
  const [newest, oldest] = [times[0], times.at(-1)];
  if (newest === undefined || oldest === undefined || newest <= oldest) return null;
  const shardsPerSecond = (times.length - 1) / ((newest - oldest) / 1000);
  return { shardsPerSecond, secondsLeft: Math.max(0, (planned ?? done) - done) / shardsPerSecond };
}
