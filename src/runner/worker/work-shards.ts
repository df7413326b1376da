import { hostname } from "node:os";
import type { ModelsConfig } from "../../config/schema/models.js";
import type { Family } from "../../families/family.js";
import { openFamily } from "../../families/open-family.js";
import { writeCandidateFile } from "../../stages/sampling/candidate-shard.js";
import type { Receipt, ShardTask } from "../executors/task.js";
import { computeOrder } from "./compute-order.js";
import { TaskModels } from "./task-models.js";

export interface WorkOptions {
  /** Threads within one operation of a model. */
  readonly threads: number;
  readonly signal: AbortSignal;
  /** How families are opened. */
  readonly open?: (models: ModelsConfig) => Family;
}

/**
 * Computes tasks, one a line, one after another, and gives a receipt for each. Models stay open from one task to the
 * next. A task that fails is a receipt with the reason; the next one is taken all the same.
 */
export async function workShards(
  lines: AsyncIterable<string>,
  print: (line: string) => void,
  { threads, signal, open = (models) => openFamily(models, { threads }) }: WorkOptions,
): Promise<number> {
  const orphaned = new AbortController();
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid !== parent) orphaned.abort(new Error("the process that started this worker is gone"));
  }, ORPHAN_MILLISECONDS).unref();
  const stop = AbortSignal.any([signal, orphaned.signal]);
  const models = new TaskModels(open, stop);
  let done = 0;
  try {
    for await (const line of lines) {
      if (line.trim() === "") continue;
      print(JSON.stringify(await receiptOf(JSON.parse(line) as ShardTask, models)));
      stop.throwIfAborted();
      done += 1;
    }
  } finally {
    clearInterval(watch);
    await models.close();
  }
  return done;
}

/** How often a worker looks whether anybody still waits for it. */
const ORPHAN_MILLISECONDS = 1000;

/** As receipts name this process. */
export function workerName(): string {
  return `${hostname()} ${process.pid}`;
}

async function receiptOf(task: ShardTask, models: TaskModels): Promise<Receipt> {
  const begun = performance.now();
  const head = () => {
    const seconds = (performance.now() - begun) / 1000;
    const cut = models.cut();
    const known = { id: task.id, attempt: task.attempt, worker: workerName(), seconds };
    return cut.length > 0 ? { ...known, cut } : known;
  };
  try {
    const { candidates, prompts, data } = await computeOrder(task, models);
    const written = await writeCandidateFile(task.workspace, task.output, candidates, prompts);
    const { file = null, sha256 = null, rows } = written;
    const known = candidates.map(({ tokens: _tokens, committedAt: _at, ...row }) => row);
    return { ...head(), done: { file, sha256, rows, candidates: known, data } };
  } catch (error) {
    const fault = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return { ...head(), fault };
  }
}
