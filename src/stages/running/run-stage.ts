import { statSync } from "node:fs";
import { join } from "node:path";
import { type Json, type StageRow, stageId } from "../../adapters/store/index.js";
import type { ProgressTask } from "../../records/progress.js";
import { hashOf } from "../hash.js";
import { type DamagedShard, damagedShards, isSameAgain, setAside } from "./damaged-shards.js";
import type { DistributableShards } from "./distributable-shards.js";
import { keptProgress } from "./kept-progress.js";
import { computeHere, runShards, type ShardsLeft } from "./run-shards.js";
import { type InputFile, requireWhole } from "./stage-inputs.js";
import type { StagePlace } from "./stage-place.js";
import { removeUnfinished } from "./unfinished-shard.js";

/** A stage as work on numbered shards. */
export type StageWork = StageOutline &
  (
    | {
        /** Does shard `index` and commits its row. Never called for a shard that is done. */
        readonly shard: (index: number, stage: StageRow, task: ProgressTask) => Promise<void>;
        readonly distributable?: undefined;
      }
    | { readonly distributable: DistributableShards; readonly shard?: undefined }
  );

interface StageOutline {
  readonly name: string;
  /** All inputs by hash or value: with run, round and name they are the stage's identity. */
  readonly inputs: Json;
  readonly shards: number;
  /**
   * Files of the workspace that those of its shards read which are `missing`. A stage whose inputs are not whole is refused before it
   * begins, and leaves nothing.
   */
  readonly reads: (missing: readonly number[]) => Iterable<InputFile>;
  /** Progress in `unit`: in all, and in one shard. */
  readonly unit: string;
  readonly unitsOf: (index: number) => number;
  /** Counts worth showing, once every shard is done. */
  readonly summary: (stage: StageRow) => Json | Promise<Json>;
}

/**
 * Runs the shards of a stage that are not done yet, and those whose file or checkpoint is missing or damaged; a finished stage whose
 * files are whole returns at once.
 * Throws StoreError before anything is written where a file that it reads is missing or damaged.
 * On an abort the stage is marked stopped and the signal's reason thrown; on an error it is marked failed.
 */
export async function runStage(place: StagePlace, work: StageWork): Promise<StageRow> {
  const { store, runId, round, progress } = place;
  const { name, inputs, shards } = work;
  const key = { runId, round, name, inputsHash: hashOf(inputs) };
  const known = store.stages.find(stageId(key));
  const damaged = known ? await damagedShards(store, known.id) : [];
  const isWhole =
    damaged.length === 0 && (known === undefined || store.shards.progress(known.id).shards >= shards);
  if (known?.progress === "finished" && isWhole) return known;
  const harmed = damaged.map(({ index }) => index);
  const isDone = (index: number) =>
    known !== undefined && !harmed.includes(index) && store.shards.isDone(known.id, index);
  const missing = range(shards).filter((index) => !isDone(index));
  const own = damaged.map(({ place: file }) => file);
  if (missing.length > 0) await requireWhole(store, work.reads(missing), own);
  await place.begin?.(stageId(key));
  const stage = store.stages.open({ ...key, inputs, plannedShards: shards });
  for (const one of damaged) progress.note(setAside(store, stage.id, one));
  // Of a process that was killed between a commit and this.
  for (const index of range(shards).filter(isDone)) removeUnfinished(store, stage, index);
  const total = sum(range(shards).map(work.unitsOf));
  const before = total - sum(missing.map(work.unitsOf));
  const { unit } = work;
  const shown = progress.start(title(name, round), total, unit, before);
  const task = keptProgress(store, stage, shown, { unit, total, before });
  try {
    await doShards(place, work, { stage, indices: missing, task, unitsOf: work.unitsOf });
    for (const one of damaged) if (!isSameAgain(store, stage.id, one)) progress.note(otherNow(one));
    store.stages.end(stage.id, "finished", { summary: await work.summary(stage) });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    store.stages.end(stage.id, place.signal?.aborted ? "stopped" : "failed", { message });
    throw error;
  } finally {
    task.end();
  }
  return store.stages.find(stage.id) as StageRow;
}

function otherNow({ place }: DamagedShard): string {
  return `${place} was made again, but is not what it was: another machine, or other versions, made it`;
}

async function doShards(place: StagePlace, work: StageWork, left: ShardsLeft): Promise<void> {
  const { distributable } = work;
  if (distributable && place.executor) return runShards(place, distributable, place.executor, left);
  const { stage, indices, task, unitsOf } = left;
  for (const index of indices) {
    place.signal?.throwIfAborted();
    const begun = performance.now();
    await (distributable
      ? computeHere(place, distributable, { stage, index, task })
      : work.shard(index, stage, task));
    removeUnfinished(place.store, stage, index);
    const seconds = (performance.now() - begun) / 1000;
    const file = place.store.shards.find(stage.id, index)?.file;
    const bytes = file ? statSync(join(place.store.workspace.root, file)).size : null;
    place.store.shards.measure(stage.id, index, { seconds, units: unitsOf(index), bytes });
  }
}

/** How a stage is named to people: "round 1: candidates", "base: evaluation plain". */
function title(name: string, round: number): string {
  return `${round === 0 ? "base" : `round ${round}`}: ${name.replaceAll("-", " ")}`;
}

/** `items` cut into shards of `size`. */
export function shardsOf<Item>(items: readonly Item[], size: number): Item[][] {
  return range(Math.ceil(items.length / size)).map((index) => items.slice(index * size, (index + 1) * size));
}

function range(length: number): number[] {
  return Array.from({ length }, (_, index) => index);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
