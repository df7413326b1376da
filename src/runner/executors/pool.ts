import { LineWorker, WorkerGone } from "../../adapters/line-worker.js";
import type { runTraining } from "../../adapters/python/index.js";
import type { ExecutionConfig } from "../../config/schema/execution.js";
import {
  type ComputedShard,
  type ShardExecutor,
  ShardFault,
  type ShardRequest,
} from "../../stages/running/executor.js";
import { openInbox } from "./inbox.js";
import { parseReceipt, receiveShard } from "./receive.js";
import type { ShardTask } from "./task.js";
import { type TaskSettings, taskOf } from "./task-maker.js";

export interface PoolSettings extends Pick<ExecutionConfig, "attempts" | "shardMinutes"> {
  readonly tasks: TaskSettings;
  /** Worker processes. */
  readonly workers: number;
  /** The graphics cards of each worker, by CUDA's names; null tells them nothing. */
  readonly cards?: readonly (readonly string[])[] | null;
  /** The command that starts one, as `workerCommand` gives it. */
  readonly command: readonly string[];
  /** How this machine trains. Workers that hold cards are ended first and started again by the next shard. */
  readonly train?: typeof runTraining;
  readonly signal?: AbortSignal;
}

export interface ClosableExecutor extends ShardExecutor {
  /** Trains where the shards are computed; this machine does unless given. */
  readonly train?: typeof runTraining;
  close(): Promise<void>;
}

/**
 * Computes shards in worker processes on this machine. A worker that dies, or hangs and is ended, loses the shard it had;
 * the next shard finds another in its place, with the same cards.
 */
export function processPool(settings: PoolSettings): ClosableExecutor {
  const { workers: count, cards = null, attempts, tasks, signal, train } = settings;
  const inbox = openInbox(tasks.workspace, "pool");
  const places = Array.from({ length: count }, (_, index) => new Place(settings.command, cards?.[index]));
  const idle = [...places];
  const waiting: ((place: Place) => void)[] = [];

  const take = async (): Promise<Place> => idle.shift() ?? new Promise((resolve) => waiting.push(resolve));
  const give = (place: Place) => {
    const next = waiting.shift();
    if (next) next(place);
    else idle.push(place);
  };
  const end = (seconds?: number) => Promise.all(places.map((place) => place.end(seconds)));
  const stop = () => void end(0);
  signal?.addEventListener("abort", stop, { once: true });

  return {
    attempts,
    width: () => count,
    async compute(request) {
      const task = taskOf(tasks, request, inbox.folder);
      const place = await take();
      try {
        signal?.throwIfAborted();
        return await ask(place.worker(), task, request, settings);
      } finally {
        give(place);
      }
    },
    ...(train && cards ? { train: trainAlone(train, end) } : {}),
    async close() {
      signal?.removeEventListener("abort", stop);
      await end();
      inbox.remove();
    },
  };
}

/** Where one worker at a time works, always with the same graphics cards. */
class Place {
  readonly #command: readonly string[];
  readonly #environment: Readonly<Record<string, string>>;
  #worker: LineWorker | undefined;

  constructor(command: readonly string[], cards: readonly string[] | undefined) {
    this.#command = command;
    this.#environment = cards ? { CUDA_VISIBLE_DEVICES: cards.join(",") } : {};
  }

  /** The worker here, another one when it is gone. */
  worker(): LineWorker {
    if (this.#worker === undefined || this.#worker.isGone) {
      this.#worker = new LineWorker(this.#command, this.#environment);
    }
    return this.#worker;
  }

  async end(seconds?: number): Promise<void> {
    await this.#worker?.close(seconds);
  }
}

/** Trains when the workers have let go of their cards. */
function trainAlone(train: typeof runTraining, end: () => Promise<unknown>): typeof runTraining {
  return async (request, options) => {
    await end();
    return train(request, options);
  };
}

async function ask(
  worker: LineWorker,
  task: ShardTask,
  request: ShardRequest,
  { tasks, shardMinutes, signal }: PoolSettings,
): Promise<ComputedShard> {
  signal?.throwIfAborted();
  const name = `${worker.pid ?? "unknown"}`;
  try {
    const line = await worker.ask(JSON.stringify(task), shardMinutes * 60);
    const receipt = parseReceipt(line, name);
    tasks.cuts?.add(receipt.cut);
    return await receiveShard(task, request, receipt);
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof WorkerGone) throw new ShardFault(`its worker is gone: ${error.message}`, name);
    throw error;
  }
}
