import { appendFileSync } from "node:fs";
import { z } from "zod";
import {
  checkTrained,
  type EventOf,
  parseEvent,
  type TrainedCheckpoint,
  type TrainRequest,
  type WorkerOptions,
} from "../../adapters/python/index.js";
import { ConfigError, TrainerError } from "../../errors.js";
import { hashOf } from "../../stages/hash.js";
import { type ComputedShard, ShardFault, type ShardRequest } from "../../stages/running/executor.js";
import type { ClosableExecutor } from "./pool.js";
import { orderKey, RayChannel } from "./ray-channel.js";
import { inboxOf, type RayJobParams } from "./ray-job.js";
import { receiveShard } from "./receive.js";
import { type Receipt, receiptSchema } from "./task.js";
import { type TaskSettings, taskOf } from "./task-maker.js";

/** Shards under way beyond what the actors hold, so that the driver always has the next one. */
const SPARE = 2;

/** Computes shards and trains on a Ray cluster that shares the workspace's folder. */
export function rayExecutor(params: RayJobParams & { readonly tasks: TaskSettings }): ClosableExecutor {
  const channel = new RayChannel(params);
  return {
    attempts: params.execution.attempts,
    width: () => 2 * (params.workers ?? channel.room ?? 1) + SPARE,
    compute: (request) => compute(channel, params.tasks, request),
    train: (request, options) => train(channel, request, options),
    close: () => channel.close(),
  };
}

async function compute(
  channel: RayChannel,
  tasks: TaskSettings,
  request: ShardRequest,
): Promise<ComputedShard> {
  const { id } = await channel.job();
  const task = taskOf(tasks, request, inboxOf(id));
  const received: { receipt?: Receipt } = {};
  await channel.send(orderKey(task), { task }, (entry) => {
    const parsed = receiptSchema.safeParse(entry["receipt"]);
    if (parsed.success) received.receipt = parsed.data;
    return true;
  });
  if (received.receipt === undefined) throw new ShardFault("its worker broke the protocol");
  tasks.cuts?.add(received.receipt.cut);
  return receiveShard(task, request, received.receipt);
}

/** As `runTraining`, with its processes on the cluster. Throws as that does. */
async function train(
  channel: RayChannel,
  request: TrainRequest,
  { onEvent, onRestart, logFile }: WorkerOptions = {},
): Promise<TrainedCheckpoint> {
  const id = `train-${hashOf(request).slice(0, 16)}`;
  const order = { id, attempt: 1, request, processes: request.processes ?? 1 };
  const heard: {
    ended?: EventOf<"train-end">;
    error?: EventOf<"error">;
    outcome?: Outcome | undefined;
    fault?: unknown;
  } = {};
  await channel.send(orderKey(order), { train: order }, (entry) => {
    if (typeof entry["line"] === "string") hearLine(entry["line"], heard, onEvent);
    const restart = restartSchema.safeParse(entry["restart"]);
    if (restart.success) onRestart?.(restart.data);
    heard.outcome = entry["trained"] as Outcome | undefined;
    return heard.outcome !== undefined;
  });
  const { code = 1, log = [], starts = 1 } = heard.outcome ?? {};
  if (logFile) appendFileSync(logFile, `${log.join("\n")}\n`);
  if (heard.fault) throw heard.fault;
  if (code === 0 && heard.ended) return checkTrained(request, "generator", heard.ended);
  const reason = heard.error?.message ?? (log.slice(-5).join("\n") || `exit code ${code}`);
  if (code === 2) throw new ConfigError(`The trainer refused the request: ${reason}`);
  throw new TrainerError(`The training on the cluster failed after ${starts} start(s): ${reason}`);
}

const restartSchema = z.object({ start: z.int(), processes: z.int(), reason: z.string() });

interface Outcome {
  readonly code: number;
  readonly log: readonly string[];
  readonly starts: number;
}

function hearLine(
  line: string,
  heard: { ended?: EventOf<"train-end">; error?: EventOf<"error">; fault?: unknown },
  onEvent: WorkerOptions["onEvent"],
): void {
  try {
    const event = parseEvent(line);
    if (event.event === "train-end") heard.ended = event;
    if (event.event === "error") heard.error = event;
    onEvent?.(event);
  } catch (fault) {
    heard.fault ??= fault;
  }
}
