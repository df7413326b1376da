import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type {
  EventOf,
  estimateTraining,
  runTraining,
  TrainRequest,
  WorkerEvent,
} from "../../adapters/python/index.js";
import type { StageRow, Store } from "../../adapters/store/index.js";
import type { TrainingConfig } from "../../config/training-schema.js";
import { ConfigError } from "../../errors.js";
import { type NoPair, saidOf } from "../../records/no-pair.js";
import type { Task } from "../../records/progress.js";
import { checkpointRow, type KnownCheckpoint } from "../known-checkpoint.js";
import { runStage, type StagePlace } from "../run-stage.js";
import { hash32 } from "../seeds.js";
import { type TrainingHelp, trainRequest } from "./train-request.js";

export interface TrainingParams extends TrainingHelp {
  readonly settings: TrainingConfig;
  /** The finished pairs stages to train on, in order: this round's, and earlier ones when pairs accumulate. */
  readonly pairs: readonly StageRow[];
  /** What training starts from. */
  readonly policy: KnownCheckpoint;
  readonly reference: KnownCheckpoint;
  /** `base`, `previous` or `fixed:ID`; recorded. */
  readonly referencePolicy: string;
  /** The run's seed. */
  readonly seed: number;
  readonly train: typeof runTraining;
}

/**
 * Trains the round's checkpoint and keeps it in the ledger with its events. A training that was interrupted goes on
 * from its last state. Throws ConfigError when there are no pairs, TrainerError when the trainer fails.
 */
export async function trainRound(place: StagePlace, params: TrainingParams): Promise<StageRow> {
  const { store, runId, round } = place;
  const pairSets = params.pairs.map(({ id }) => store.pairs.setHash(id));
  const steps = optimizerSteps(store, params);
  const stage = await runStage(place, {
    name: "training",
    inputs: inputsOf(params, pairSets),
    shards: 1,
    unit: "steps",
    unitsOf: () => steps,
    shard: async (_, stage, task) => {
      const location = `checkpoints/${runId}-round-${round}-${stage.id.slice(0, 6)}`;
      const pairSetHash = pairSets.length === 1 ? (pairSets[0] as string) : sha256(pairSets.join("\n"));
      await train(place, params, { stage, task, location });
      const folder = join(store.workspace.root, location);
      const row = { ...checkpointRow(folder, "generator", location), pairSetHash };
      const events = eventsArtifact(store.workspace.root, `${location}.work/events.jsonl`);
      store.shards.commit(stage.id, 0, { rows: 1 }, (writer) => {
        writer.checkpoint(row);
        if (events) writer.artifact(events);
      });
    },
    summary: ({ id }) => ({
      pairSets,
      pairs: params.pairs.map(({ summary }) => summary?.["pairs"]),
      ...outcomeOf(store, id),
    }),
  });
  return stage;
}

/** As the trainer counts them: the last step of an epoch may hold fewer pairs. */
function optimizerSteps(store: Store, { settings, pairs }: TrainingParams): number {
  const rows = pairs.reduce((sum, { id }) => sum + store.shards.progress(id).rows, 0);
  return settings.steps ?? settings.epochs * Math.ceil(rows / settings.batchPairs);
}

/** The checkpoint a training stage made, and the trainer's measures at its last step where it logged them. */
function outcomeOf(store: Store, stageId: string) {
  const made = store.checkpoints.list().find((checkpoint) => checkpoint.stageId === stageId);
  if (made === undefined) return { checkpoint: null };
  const events = join(store.workspace.root, made.location, "events.jsonl");
  const lines = existsSync(events) ? readFileSync(events, "utf8").trim().split("\n") : [];
  const last = lines.findLast((line) => line.includes('"step-end"'));
  const { loss, ...rest } = last ? JSON.parse(last) : {};
  const measures = ["rewards/margins", "rewards/accuracies", "logps/chosen", "logps/rejected"];
  const known = measures.map((name) => [name, rest[name]] as const);
  return { checkpoint: made.id, ...(last && { last: { loss, ...Object.fromEntries(known) } }) };
}

/** Memory and time the training would need, from its first batch. Throws as `trainRound`. */
export function estimateRound(
  place: StagePlace,
  params: Omit<TrainingParams, "train"> & { readonly estimate: typeof estimateTraining },
): Promise<EventOf<"estimate-end">> {
  const { signal } = place;
  return params.estimate(requestOf(place, params, "checkpoints/estimate"), signal ? { signal } : {});
}

async function train(
  place: StagePlace,
  params: TrainingParams,
  { task, location }: { stage: StageRow; task: Task; location: string },
): Promise<void> {
  const { store, signal, progress } = place;
  await params.train(requestOf(place, params, location), {
    onEvent: (event) => report(event, task, progress.note),
    logFile: `${join(store.workspace.root, location)}.log`,
    ...(signal ? { signal } : {}),
  });
}

function requestOf(
  { store, round }: StagePlace,
  params: Omit<TrainingParams, "train">,
  location: string,
): TrainRequest {
  const files = params.pairs.flatMap(({ id }) => store.shards.list(id).flatMap(({ file }) => file ?? []));
  if (files.length === 0) {
    throw noPairs(round, params.pairs);
  }
  const out = join(store.workspace.root, location);
  const seed = hash32(params.seed, "training", round);
  const pairs = files.map((file) => join(store.workspace.root, file));
  const cache = join(store.workspace.root, "cache");
  return trainRequest({ ...params, pairs, cache, out, round, seed });
}

function noPairs(round: number, pairs: readonly StageRow[]): ConfigError {
  const why = pairs.map(({ summary }) =>
    saidOf((summary?.["dropped"] ?? {}) as Partial<Record<NoPair, number>>),
  );
  return new ConfigError(
    `Round ${round} has no pairs to train on (prompts without a pair, ${why.join("; ") || "none"}). Sample more candidates ` +
      "for each prompt, take prompts that are neither too easy nor too hard, or mine by another policy.",
  );
}

function report(event: WorkerEvent, task: Task, note: (text: string) => void): void {
  if (event.event === "step-end") {
    const { loss, "rewards/accuracies": accuracy } = event;
    task.advance(1, `loss ${loss?.toFixed(3) ?? "?"}, pair accuracy ${accuracy?.toFixed(2) ?? "?"}`);
  }
  if (event.event === "train-start" && event.step > 0) {
    task.advance(event.step);
    note(`training goes on from step ${event.step} of ${event.steps}`);
  }
}

function inputsOf(
  { settings, policy, reference, referencePolicy, seed, ...help }: TrainingParams,
  pairSets: string[],
) {
  // Threads, the rhythm of saving and who is told of it do not change the result.
  const { threads: _threads, checkpointEvery: _every, trackers: _trackers, ...deciding } = settings;
  const identities = { policy: policy.identity, reference: reference.identity, referencePolicy };
  const { judge, adapterBase } = help;
  return {
    pairSets,
    ...identities,
    ...(judge && { judge: judge.identity }),
    ...(adapterBase && { adapterBase: adapterBase.identity }),
    settings: deciding,
    seed,
  };
}

function eventsArtifact(root: string, file: string) {
  if (!existsSync(join(root, file))) return undefined;
  const content = readFileSync(join(root, file));
  return { kind: "training-events", file, sha256: sha256(content), bytes: content.length };
}

function sha256(content: string | Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}
