import { join } from "node:path";
import { knownFile } from "../../adapters/arrow/index.js";
import type { runJudgeTraining, WorkerEvent } from "../../adapters/python/index.js";
import type { StageRow } from "../../adapters/store/index.js";
import { decidingJudgeTraining } from "../../config/deciding-training.js";
import type { JudgeTrainingConfig } from "../../config/schema/judge-training.js";
import { ConfigError } from "../../errors.js";
import type { Progress, ProgressTask } from "../../records/progress.js";
import { checkpointRow, type KnownCheckpoint } from "../known-checkpoint.js";
import { runStage } from "../running/run-stage.js";
import type { StagePlace } from "../running/stage-place.js";
import { hash32 } from "../seeds.js";

export interface JudgeTrainingParams {
  readonly settings: JudgeTrainingConfig;
  /** Finished stages of judge samples, in order. */
  readonly samples: readonly StageRow[];
  /** The generator whose trunk the judge has. */
  readonly generator: KnownCheckpoint;
  /** A judge to go on from; null starts from the generator's trunk. */
  readonly start: KnownCheckpoint | null;
  /** The run's seed. */
  readonly seed: number;
  readonly train: typeof runJudgeTraining;
}

/**
 * Trains a judge on labelled images and keeps it in the ledger. A training that was interrupted goes on from its last
 * state. Throws TrainerError when there are no samples or the trainer fails.
 */
export async function trainJudge(place: StagePlace, params: JudgeTrainingParams): Promise<StageRow> {
  const { store, runId } = place;
  const { settings, samples } = params;
  const files = samples.flatMap(({ id }) => store.shards.list(id));
  if (files.every(({ file }) => file === null)) {
    throw new ConfigError(
      "There are no samples to train a judge on: every task's images had one label only. Make more, or of other prompts.",
    );
  }
  return runStage(place, {
    name: "judge-training",
    inputs: inputsOf(
      params,
      files.map(({ sha256 }) => sha256),
    ),
    shards: 1,
    reads: () => files,
    unit: "steps",
    unitsOf: () => settings.steps,
    shard: async (index, stage, task) => {
      const location = `checkpoints/${runId}-judge-${stage.id.slice(0, 6)}`;
      const paths: string[] = [];
      for (const { file, sha256 } of files) {
        if (file !== null) paths.push(await knownFile(store.workspace.root, { file, sha256 }));
      }
      await train(place, params, { task, location, files: paths });
      const row = checkpointRow(join(store.workspace.root, location), "judge", location);
      store.shards.commit(stage.id, index, { rows: 1 }, (writer) => writer.checkpoint(row));
    },
    summary: (stage) => ({
      images: files.reduce((sum, { rows }) => sum + rows, 0),
      checkpoint: store.checkpoints.madeBy(stage.id)?.name,
    }),
  });
}

async function train(
  { store, signal, progress }: StagePlace,
  { settings, generator, start, seed, train: run }: JudgeTrainingParams,
  { task, location, files }: { task: ProgressTask; location: string; files: readonly string[] },
): Promise<void> {
  const out = join(store.workspace.root, location);
  const request = {
    request: "train-judge",
    samples: files,
    generator: generator.folder,
    start: start?.folder ?? null,
    out,
    seed: hash32(seed, "judge-training"),
    ...settings,
  } as const;
  await run(request, {
    onEvent: (event) => report(event, task, progress),
    logFile: `${out}.log`,
    ...(signal ? { signal } : {}),
  });
}

function report(event: WorkerEvent, task: ProgressTask, progress: Progress): void {
  if (event.event === "judge-step-end") task.advance(1, `loss ${event.loss?.toFixed(3) ?? "?"}`);
  if (event.event === "judge-start" && event.step > 0) {
    task.advance(event.step);
    progress.note(`training goes on from step ${event.step} of ${event.steps}`);
  }
}

function inputsOf(
  { settings, generator, start, seed }: JudgeTrainingParams,
  samples: readonly (string | null)[],
) {
  const deciding = decidingJudgeTraining(settings);
  return { samples, generator: generator.identity, start: start?.identity ?? null, settings: deciding, seed };
}
