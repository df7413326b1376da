import { statSync } from "node:fs";
import { join } from "node:path";
import type { StageRow } from "../../adapters/store/index.js";
import { ExecutorError } from "../../errors.js";
import type { ProgressTask } from "../../records/progress.js";
import { writeCandidateShard } from "../sampling/candidate-shard.js";
import type { DistributableShards } from "./distributable-shards.js";
import { type ComputedShard, type ShardExecutor, ShardFault } from "./executor.js";
import type { StagePlace } from "./stage-place.js";
import { openUnfinished, removeUnfinished } from "./unfinished-shard.js";

/** The shards of a stage that are left to do. */
export interface ShardsLeft {
  readonly stage: StageRow;
  readonly indices: readonly number[];
  readonly task: ProgressTask;
  readonly unitsOf: (index: number) => number;
}

/** Computes shard `index` in this process, with the models at hand, and commits it. */
export async function computeHere(
  { store }: StagePlace,
  shards: DistributableShards,
  { stage, index, task }: { readonly stage: StageRow; readonly index: number; readonly task: ProgressTask },
): Promise<void> {
  const journal = await openUnfinished(store, stage, index);
  const product = await shards.compute(shards.order(index), (units) => task.advance(units), journal);
  shards.check?.(product);
  const { candidates, prompts } = product;
  const written = await writeCandidateShard(store.workspace.root, { stage, index }, candidates, prompts);
  const result = written.file === undefined ? { rows: shards.rows?.(product) ?? 0 } : written;
  store.shards.commit(stage.id, index, result, (writer) => shards.record(writer, product));
}

/** Stages are given up when so many shards were set aside: more would only cost time. */
const MOST_SET_ASIDE = 16;

/**
 * Has shards computed by an executor, as many at once as it wants, and commits them as they come. A shard that fails is
 * tried again; one that fails too often is set aside and the others go on. Throws ExecutorError naming those.
 */
export async function runShards(
  place: StagePlace,
  shards: DistributableShards,
  executor: ShardExecutor,
  left: ShardsLeft,
): Promise<void> {
  const open = left.indices.map((index) => ({ index, attempt: 1 }));
  const setAside: string[] = [];
  const ended = new Arrivals<Ended>();
  let running = 0;
  while (open.length > 0 || running > 0) {
    place.signal?.throwIfAborted();
    while (open.length > 0 && running < executor.width()) {
      const next = open.shift() as Try;
      running += 1;
      void tryOnce(shards, executor, left.stage, next).then((one) => ended.add(one));
    }
    const one = await ended.next();
    running -= 1;
    if (one.fault === undefined) {
      commitComputed(place, shards, left, one);
      continue;
    }
    const last = one.attempt >= executor.attempts;
    keepFault(place, left.stage, one, last);
    if (last) setAside.push(`  shard ${one.index}: ${one.fault.message}`);
    else open.push({ index: one.index, attempt: one.attempt + 1 });
    if (setAside.length >= MOST_SET_ASIDE) break;
  }
  if (setAside.length > 0) throw asideError(left.stage, executor, setAside);
}

interface Try {
  readonly index: number;
  readonly attempt: number;
}

type Ended = Try &
  (
    | { readonly shard: ComputedShard; readonly fault?: undefined }
    | { readonly shard?: undefined; readonly fault: Error }
  );

async function tryOnce(
  shards: DistributableShards,
  executor: ShardExecutor,
  stage: StageRow,
  one: Try,
): Promise<Ended> {
  const { checkpoint, judge } = shards;
  try {
    const order = shards.order(one.index);
    return { ...one, shard: await executor.compute({ ...one, stage, order, checkpoint, judge }) };
  } catch (error) {
    return { ...one, fault: error instanceof Error ? error : new Error(String(error)) };
  }
}

function commitComputed(
  { store }: StagePlace,
  shards: DistributableShards,
  { stage, task, unitsOf }: ShardsLeft,
  { index, shard }: Ended & { readonly shard: ComputedShard },
): void {
  const { candidates, data, file, seconds } = shard;
  const product = { candidates, prompts: [], data };
  shards.check?.(product);
  const result =
    file === undefined
      ? { rows: shards.rows?.(product) ?? candidates.length }
      : { rows: candidates.length, ...file };
  store.shards.commit(stage.id, index, result, (writer) => shards.record(writer, product));
  removeUnfinished(store, stage, index);
  const bytes = file === undefined ? null : statSync(join(store.workspace.root, file.file)).size;
  store.shards.measure(stage.id, index, { seconds, units: unitsOf(index), bytes });
  task.advance(unitsOf(index));
}

/** Keeps a failed try in the ledger; an error that another try cannot help is thrown on. */
function keepFault({ store, progress }: StagePlace, stage: StageRow, one: Ended, last: boolean): void {
  const { index, attempt, fault } = one;
  if (!(fault instanceof ShardFault)) throw fault;
  const reason = fault.message;
  store.shards.fault({ stageId: stage.id, index, attempt, worker: fault.worker, reason, setAside: last });
  progress.note(`${stage.name}, shard ${index}, try ${attempt}: ${reason}${last ? " (set aside)" : ""}`);
}

function asideError(stage: StageRow, { attempts }: ShardExecutor, setAside: readonly string[]) {
  return new ExecutorError(
    `${setAside.length} shard(s) of ${stage.name} failed ${attempts} times each and were set aside; all that came ` +
      `back is kept:\n${setAside.join("\n")}\nCure the reason and run the same command again: only these are redone.`,
  );
}

/** Things that come in, one after another, and somebody who waits for them. */
class Arrivals<Thing> {
  readonly #things: Thing[] = [];
  #wake: (() => void) | undefined;

  add(thing: Thing): void {
    this.#things.push(thing);
    this.#wake?.();
  }

  async next(): Promise<Thing> {
    while (this.#things.length === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#things.shift() as Thing;
  }
}
