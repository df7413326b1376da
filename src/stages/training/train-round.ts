import { createHash } from "node:crypto";
import { join } from "node:path";
import { knownFile } from "../../adapters/arrow/index.js";
import type { EventOf, estimateTraining, TrainRequest, WorkerEvent } from "../../adapters/python/index.js";
import type { Json, StageRow, Store } from "../../adapters/store/index.js";
import { ConfigError } from "../../errors.js";
import { type NoPair, saidOf } from "../../records/no-pair.js";
import type { Progress, ProgressTask } from "../../records/progress.js";
import { checkpointRow } from "../known-checkpoint.js";
import { runStage } from "../running/run-stage.js";
import type { StagePlace } from "../running/stage-place.js";
import { hash32 } from "../seeds.js";
import { trainByCommand } from "./command-training.js";
import { eventFiles, eventsFile, eventsIn, judgedFile } from "./event-files.js";
import type { SamplesJudged } from "./over-optimisation.js";
import { promptsOfPairs, SampleWatch } from "./sample-watch.js";
import { trainRequest } from "./train-request.js";
import { type TrainingParams, trainingInputs } from "./training-inputs.js";

/**
 * Trains the round's checkpoint and keeps it in the ledger with its events. A training that was interrupted goes on
 * from its last state. Throws ConfigError when there are no pairs, TrainerError when the trainer fails.
 */
export async function trainRound(place: StagePlace, params: TrainingParams): Promise<StageRow> {
  const { store, round } = place;
  if (params.pairs.every(({ id }) => store.shards.progress(id).rows === 0))
    throw noPairs(round, params.pairs);
  const pairSets = params.pairs.map(({ id }) => store.pairs.setHash(id));
  const steps = optimizerSteps(store, params);
  const stage = await runStage(place, {
    name: "training",
    inputs: trainingInputs(place, params, pairSets),
    shards: 1,
    reads: () => params.pairs.flatMap(({ id }) => store.shards.list(id)),
    unit: "steps",
    unitsOf: () => steps,
    shard: async (_, stage, task) => {
      const location = trainingLocation(stage);
      const pairSetHash = pairSets.length === 1 ? (pairSets[0] as string) : sha256(pairSets.join("\n"));
      const isOurs = params.settings.command === null;
      if (!isOurs) await trainByCommand(place, params, { task, location });
      const judged = isOurs ? await train(place, params, { task, location, stage }) : [];
      const folder = join(store.workspace.root, location);
      const row = { ...checkpointRow(folder, "generator", location), pairSetHash };
      const files = eventFiles(store.workspace.root, location, judged);
      store.shards.commit(stage.id, 0, { rows: 1 }, (writer) => {
        writer.checkpoint(row);
        for (const file of files) writer.artifact(file);
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

/** Where the checkpoint of a training stage lies, relative to the workspace root. */
export function trainingLocation({ id, runId, round }: Pick<StageRow, "id" | "runId" | "round">): string {
  return `checkpoints/${runId}-round-${round}-${id.slice(0, 6)}`;
}

/** As the trainer counts them: the last step of an epoch may hold fewer pairs. */
function optimizerSteps(store: Store, { settings, pairs }: TrainingParams): number {
  const rows = pairs.reduce((sum, { id }) => sum + store.shards.progress(id).rows, 0);
  return settings.steps ?? settings.epochs * Math.ceil(rows / settings.batchPairs);
}

/** The checkpoint a training stage made, and the trainer's measures at its last step where it logged them. */
function outcomeOf(store: Store, stageId: string) {
  const made = store.checkpoints.madeBy(stageId);
  if (made === undefined) return { checkpoint: null };
  const { root } = store.workspace;
  const events = eventsIn(join(root, made.location, "events.jsonl"));
  const last = events.findLast(({ event }) => event === "step-end");
  const measures = ["loss", "rewards/margins", "rewards/accuracies", "logps/chosen", "logps/rejected"];
  const known = measures.map((name) => [name, last?.[name]] as const);
  const judged = eventsIn(join(root, judgedFile(made.location)));
  const alarm = judged.find((event) => event["over_optimised"]);
  const tasks = judged.at(-1)?.["tasks"];
  return {
    checkpoint: made.id,
    ...(last && { last: Object.fromEntries(known) }),
    ...(alarm && { overOptimisedAtStep: alarm["step"] }),
    ...(tasks !== undefined && { tasks: tasks as Json }),
  };
}

/** Memory and time the training would need, from its first batch. Throws as `trainRound`. */
export async function estimateRound(
  place: StagePlace,
  params: Omit<TrainingParams, "train"> & { readonly estimate: typeof estimateTraining },
): Promise<EventOf<"estimate-end">> {
  const { signal } = place;
  return params.estimate(await requestOf(place, params, "checkpoints/estimate"), signal ? { signal } : {});
}

async function train(
  place: StagePlace,
  params: TrainingParams,
  { task, location, stage }: { task: ProgressTask; location: string; stage: StageRow },
): Promise<readonly SamplesJudged[]> {
  const { store, signal, progress } = place;
  const log = join(store.workspace.root, eventsFile(location));
  const prompts = promptsOfPairs(store, params.pairs);
  const watch = params.verifiers ? new SampleWatch(params.verifiers, prompts, log, progress) : null;
  await params.train(await requestOf(place, params, location), {
    onEvent: (event) => {
      report(event, task, progress);
      watch?.hear(event);
    },
    onRestart: ({ start, processes, reason }) => {
      const failed = { stageId: stage.id, index: 0, attempt: start - 1, worker: null };
      store.shards.fault({ ...failed, reason, setAside: false });
      progress.note(`training, start ${start} with ${processes} process(es): ${reason}`);
    },
    logFile: `${join(store.workspace.root, location)}.log`,
    ...(signal ? { signal } : {}),
  });
  return watch ? await watch.finish() : [];
}

/** Every file is checked before the trainer is given it. */
async function requestOf(
  { store, round }: StagePlace,
  params: Omit<TrainingParams, "train">,
  location: string,
): Promise<TrainRequest> {
  const files = params.pairs.flatMap(({ id }) => store.shards.list(id));
  const out = join(store.workspace.root, location);
  const seed = hash32(params.seed, "training", round);
  const pairs: string[] = [];
  for (const { file, sha256 } of files) {
    if (file !== null) pairs.push(await knownFile(store.workspace.root, { file, sha256 }));
  }
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

function report(event: WorkerEvent, task: ProgressTask, progress: Progress): void {
  if (event.event === "step-end") {
    const { loss, "rewards/accuracies": accuracy } = event;
    task.advance(1, `loss ${loss?.toFixed(3) ?? "?"}, pair accuracy ${accuracy?.toFixed(2) ?? "?"}`);
  }
  if (event.event === "train-start" && event.step > 0) {
    task.advance(event.step);
    progress.note(`training goes on from step ${event.step} of ${event.steps}`);
  }
  if (event.event === "encode-delta") {
    const { done, total } = event;
    progress.note(`latents and embeddings of ${done} of ${total} pictures and captions are made`);
  }
  if (event.event === "compile-end") {
    const { seconds, failed } = event;
    progress.note(
      failed === null
        ? `the generator's layers were compiled in ${Math.ceil(seconds)} s`
        : `the generator's layers run uncompiled: ${failed}`,
    );
  }
}

function sha256(content: string | Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}
