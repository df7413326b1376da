import { LineWorker, WorkerGone } from "../../adapters/lines/line-worker.js";
import type { runTraining } from "../../adapters/python/index.js";
import type { ExecutionConfig } from "../../config/execution-schema.js";
import {
  type ComputedShard,
  type ShardExecutor,
  ShardFault,
  type ShardRequest,
} from "../../stages/executor.js";
import { openInbox } from "./inbox.js";
import { parseReceipt, receiveShard } from "./receive.js";
import type { ShardTask } from "./task.js";
import { type TaskSettings, taskOf } from "./task-maker.js";

export interface PoolSettings extends Pick<ExecutionConfig, "attempts" | "shardMinutes" | "gpus"> {
  readonly tasks: TaskSettings;
  /** Worker processes. */
  readonly workers: number;
  /** The command that starts one, as `workerCommand` gives it. */
  readonly command: readonly string[];
  readonly signal?: AbortSignal;
}

export interface ClosableExecutor extends ShardExecutor {
  /** Trains where the shards are computed; this machine does unless given. */
  readonly train?: typeof runTraining;
  close(): Promise<void>;
}

/** Computes shards in worker processes on this machine. A worker that dies is replaced. */
export function processPool(settings: PoolSettings): ClosableExecutor {
  const { workers: count, attempts, tasks, command, signal } = settings;
  const inbox = openInbox(tasks.workspace, "pool");
  const workers: LineWorker[] = [];
  const idle: LineWorker[] = [];
  const waiting: ((worker: LineWorker) => void)[] = [];

  const give = (worker: LineWorker) => {
    const next = waiting.shift();
    if (next) next(worker);
    else idle.push(worker);
  };
  const start = () => {
    const worker = new LineWorker(command, cardsOf(workers.length % count, settings.gpus));
    workers.push(worker);
    return worker;
  };
  const take = async (): Promise<LineWorker> => {
    const free = idle.pop();
    if (free) return free.isGone ? start() : free;
    if (workers.filter(({ isGone }) => !isGone).length < count) return start();
    return new Promise((resolve) => waiting.push(resolve));
  };
  const stop = () => {
    for (const worker of workers) void worker.close(0);
  };
  signal?.addEventListener("abort", stop, { once: true });

  return {
    attempts,
    width: () => count,
    async compute(request) {
      const task = taskOf(tasks, request, inbox.folder);
      const worker = await take();
      try {
        return await ask(worker, task, request, settings);
      } finally {
        give(worker.isGone && !signal?.aborted ? start() : worker);
      }
    },
    async close() {
      signal?.removeEventListener("abort", stop);
      await Promise.all(workers.map((worker) => worker.close()));
      inbox.remove();
    },
  };
}

/** Worker `place` sees the graphics cards that are its own; without any it is told nothing. */
function cardsOf(place: number, each: number): Record<string, string> {
  if (each <= 0) return {};
  const first = Math.floor(place * each);
  const cards = Array.from({ length: Math.ceil(each) }, (_, index) => first + index);
  return { CUDA_VISIBLE_DEVICES: cards.join(",") };
}

async function ask(
  worker: LineWorker,
  task: ShardTask,
  request: ShardRequest,
  { shardMinutes, signal }: PoolSettings,
): Promise<ComputedShard> {
  signal?.throwIfAborted();
  const name = `${worker.pid ?? "unknown"}`;
  try {
    const line = await worker.ask(JSON.stringify(task), shardMinutes * 60);
    return await receiveShard(task, request, parseReceipt(line, name));
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof WorkerGone) throw new ShardFault(`its worker is gone: ${error.message}`, name);
    throw error;
  }
}
