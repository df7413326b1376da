import { randomUUID } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeFolder } from "../../adapters/make-folder.js";
import { JournalReader, JournalWriter, type RayJobs } from "../../adapters/ray/index.js";
import type { Store } from "../../adapters/store/index.js";
import type { ExecutionConfig } from "../../config/schema/execution.js";
import { ExecutorError } from "../../errors.js";
import { QUIET } from "../../machine/quiet.js";
import type { Progress } from "../../records/progress.js";
import { HOME } from "../locate-file.js";
import { workerWords } from "./worker-command.js";

export interface RayJobParams {
  readonly jobs: RayJobs;
  readonly address: string;
  readonly store: Store;
  readonly runId: string;
  readonly execution: ExecutionConfig;
  readonly workers: number | null;
  readonly progress: Progress;
  readonly signal?: AbortSignal;
}

/** The driver's job on a cluster, and the two journals through which it is spoken to. */
export interface RunningJob {
  readonly id: string;
  readonly orders: JournalWriter;
  readonly receipts: JournalReader;
  /** What was ordered before this process went on with the job. */
  readonly ordered: readonly unknown[];
}

/** Without an order for so long a driver ends by itself: its coordinator is gone. */
const IDLE_SECONDS = 900;

/** The run's job where it still runs, else a new one. Throws as `rayJobs`. */
export async function findOrSubmit(params: RayJobParams): Promise<RunningJob> {
  const { jobs, store, runId, address, progress } = params;
  for (const { id, progress: state, address: where } of store.jobs.list(runId)) {
    if (state !== "running" || where !== address) continue;
    const found = await jobs.find(id);
    if (found?.status === "RUNNING" || found?.status === "PENDING") {
      progress.note(`going on with Ray job ${id}`);
      return opened(params, id);
    }
    store.jobs.end(id, "failed", found?.message ?? "the cluster does not know it any more");
  }
  return submit(params);
}

async function submit(params: RayJobParams): Promise<RunningJob> {
  const { jobs, store, runId, address, progress } = params;
  const id = `espalier-${runId}-${randomUUID().slice(0, 8)}`;
  const folder = folderOf(params, id);
  makeFolder(folder);
  makeFolder(join(store.workspace.root, inboxOf(id)));
  writeFileSync(join(folder, "settings.json"), JSON.stringify(driverSettings(params)));
  const job = opened(params, id);
  // Kept before it is submitted: a coordinator that dies in between asks the cluster, which knows nothing of it.
  store.jobs.open({ id, runId, address });
  await jobs.submit({
    id,
    entrypoint: `python -m espalier_torch.cluster.driver ${quoted(folder)}`,
    environment: { PYTHONPATH: join(HOME, "python"), ...QUIET },
    metadata: { espalier_run: runId },
  });
  progress.note(`Ray job ${id} at ${address}`);
  return job;
}

function driverSettings({ execution, workers }: RayJobParams) {
  const { cpus, gpus, memoryGigabytes, attempts, shardMinutes } = execution;
  return {
    words: workerWords(Math.ceil(cpus)),
    workers,
    cpus,
    gpus,
    memory_gigabytes: memoryGigabytes,
    attempts,
    shard_minutes: shardMinutes,
    idle_seconds: IDLE_SECONDS,
  };
}

function opened(params: RayJobParams, id: string): RunningJob {
  const folder = folderOf(params, id);
  return {
    id,
    ordered: new JournalReader(join(folder, "orders.jsonl")).read(),
    orders: new JournalWriter(join(folder, "orders.jsonl")),
    receipts: new JournalReader(join(folder, "receipts.jsonl")),
  };
}

/** Where the files of a job's shards arrive, relative to the workspace root. */
export function inboxOf(id: string): string {
  return `inbox/${id}`;
}

function folderOf({ store }: RayJobParams, id: string): string {
  return join(store.workspace.root, "cluster", id);
}

/** Tells a job that it is no longer needed, or stops it where it should not finish what it does. */
export async function endJob(
  { jobs, store }: RayJobParams,
  job: RunningJob,
  how: "finished" | "stopped",
): Promise<void> {
  if (how === "finished") job.orders.append({ end: true });
  else await jobs.stop(job.id);
  store.jobs.end(job.id, how);
  rmSync(join(store.workspace.root, inboxOf(job.id)), { recursive: true, force: true });
}

/** Why a job is no longer there, with its last words; undefined while it runs. */
export async function whyEnded(
  { jobs }: RayJobParams,
  { id }: RunningJob,
): Promise<ExecutorError | undefined> {
  const found = await jobs.find(id);
  if (found?.status === "RUNNING" || found?.status === "PENDING") return undefined;
  const said = found === undefined ? "" : (await jobs.logs(id)).trim().split("\n").slice(-20).join("\n");
  const how = found === undefined ? "is unknown to the cluster" : `ended as ${found.status}`;
  return new ExecutorError(`Ray job ${id} ${how}${found?.message ? ` (${found.message})` : ""}.\n${said}`);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
