import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { z } from "zod";
import { TrainerError } from "../../errors.js";
import type { EventOf } from "./events.js";
import { pythonCommand } from "./python-command.js";
import type { ExportRequest, JudgeTrainRequest, TrainRequest } from "./requests.js";
import { runWorker, type WorkerOptions } from "./worker.js";

/** A checkpoint that a worker made and that was looked at afterwards. */
export interface TrainedCheckpoint {
  readonly folder: string;
  /** sha256 of the weights, hex. */
  readonly identity: string;
  /** Optimizer steps. */
  readonly steps: number;
}

/**
 * Trains in a worker process; a half-finished run of the same request is resumed. The new checkpoint's files are
 * hashed before its word is taken. Throws as `runWorker`.
 */
export function runTraining(request: TrainRequest, options: WorkerOptions = {}): Promise<TrainedCheckpoint> {
  return trained(request, "generator", options);
}

/** Trains a judge; as `runTraining`. */
export function runJudgeTraining(
  request: JudgeTrainRequest,
  options: WorkerOptions = {},
): Promise<TrainedCheckpoint> {
  return trained(request, "judge", options);
}

async function trained(
  request: TrainRequest | JudgeTrainRequest,
  kind: "generator" | "judge",
  options: WorkerOptions,
): Promise<TrainedCheckpoint> {
  return checkTrained(request, kind, await runWorker(request, "train-end", options));
}

/** The checkpoint that a worker says it made, after hashing its files. Throws TrainerError when they are not as it says. */
export async function checkTrained(
  request: TrainRequest | JudgeTrainRequest,
  kind: "generator" | "judge",
  ended: EventOf<"train-end">,
): Promise<TrainedCheckpoint> {
  if (resolve(ended.folder) !== resolve(request.out)) {
    throw lie(`it wrote ${ended.folder}, but was asked for ${request.out}`);
  }
  await verifyCheckpoint(request.out, kind, ended.identity);
  return { folder: request.out, identity: ended.identity, steps: ended.step };
}

/** Memory and time a training would need, measured on its first batch. Throws as `runWorker`. */
export function estimateTraining(
  request: TrainRequest,
  options: WorkerOptions = {},
): Promise<EventOf<"estimate-end">> {
  return runWorker({ ...request, request: "estimate" }, "estimate-end", options);
}

/** Writes generator.onnx into a checkpoint folder; returns the names of the files. Throws as `runWorker`. */
export async function runExport(
  request: ExportRequest,
  options: WorkerOptions = {},
): Promise<readonly string[]> {
  return (await runWorker(request, "export-end", options)).files;
}

/** What the machine and its Python offer. Throws as `runWorker`. */
export function probePython(options: WorkerOptions = {}): Promise<EventOf<"probe-end">> {
  return runWorker({ request: "probe" }, "probe-end", { quietSeconds: 120, ...options });
}

/**
 * Whether a training can start, asked before the work that comes before it: there is a Python, and one of the user's own
 * has what workers need. Throws TrainerError, or ConfigError where it speaks another protocol.
 */
export async function checkPython(): Promise<void> {
  pythonCommand();
  if (process.env["ESPALIER_PYTHON"]) await probePython();
}

const recordSchema = z.object({ identity: z.string(), files: z.record(z.string(), z.string()) });

async function verifyCheckpoint(
  folder: string,
  kind: "generator" | "judge",
  identity: string,
): Promise<void> {
  const file = join(folder, "checkpoint.json");
  const text = await readFile(file, "utf8").catch(() => {
    throw lie(`it claimed success, but there is no ${file}`);
  });
  const record = recordSchema.safeParse(JSON.parse(text)).data;
  // A judge of others' format keeps its weights in shards: their own names are then among the files.
  const weights = record?.files[`${kind}.safetensors`] ?? record?.identity;
  if (record?.identity !== identity || weights !== identity) {
    throw lie(`it claimed the identity ${identity}, but ${file} says ${record?.identity ?? "nothing"}`);
  }
  for (const [name, expected] of Object.entries(record.files)) {
    const found = await sha256(join(folder, name)).catch(() => "nothing, the file is missing");
    if (found !== expected) {
      throw lie(`${join(folder, name)} should have the sha256 ${expected}, but has ${found}`);
    }
  }
}

async function sha256(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of createReadStream(file)) hash.update(piece as Buffer);
  return hash.digest("hex");
}

function lie(what: string): TrainerError {
  return new TrainerError(
    `The Python worker's checkpoint cannot be trusted: ${what}. Delete the folder and train again.`,
  );
}
