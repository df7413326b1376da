import { statSync } from "node:fs";
import { openStore, type StageRow, type Store, type WorkState } from "../../adapters/store/index.js";
import type { RunConfig } from "../../config/freeze-config.js";
import { ConfigError, EspalierError } from "../../errors.js";
import { BUNDLED_MODELS } from "../../families/bundled.js";
import { workspacePaths } from "../../paths.js";
import { SILENT } from "../../records/progress.js";
import type { KnownCheckpoint } from "../../stages/known-checkpoint.js";
import { openExecutor, THIS_PROCESS } from "../executors/open-executor.js";
import { openRunModels, type RunModels } from "../models/open-models.js";
import { verifierJudge } from "../models/verifier-judge.js";
import { withFamily } from "../models/with-family.js";
import type { RunContext } from "./run-context.js";
import type { RunOptions, RunResult } from "./run-options.js";
import { dealPrompts } from "./run-prompts.js";
import { openRun, recordOf } from "./run-record.js";
import { runRounds } from "./run-rounds.js";
import { trainedPrompts } from "./trained-prompts.js";

/**
 * Runs a pipeline to its comparison. The same settings in the same workspace go on where an earlier run ended, however
 * it ended. Throws ConfigError when a run of this name had other settings, and the signal's reason after an abort.
 */
export async function runPipeline(config: RunConfig, options: RunOptions): Promise<RunResult> {
  const { models: bundledModels = BUNDLED_MODELS, signal, now } = options;
  refuseFolder(config.results);
  const opening = { lease: "first-write", ...(now ? { now } : {}) } as const;
  const store = openStore(workspacePaths(options.workspace), opening);
  try {
    return await withFamily(options, config.models, async (family) => {
      const models = await openRunModels({
        store,
        config,
        family,
        bundledModels,
        ...(options.progress ? { progress: options.progress } : {}),
        ...(signal ? { signal } : {}),
      });
      try {
        const start = [models.base, ...(await namedCheckpoints(config, models))];
        const trained = trainedPrompts(store, ...start.map(({ identity }) => identity));
        const prompts = await dealPrompts(config, family, options.home, trained);
        if (isToTrain(store, config, options)) await family.checkTrainer?.();
        const before = store.runs.find(config.name)?.progress;
        openRun(store, recordOf(config, models, prompts), options.source ?? config.name);
        return await endedInLedger(store, { run: config.name, before, signal }, () =>
          withExecutor({ config, store, models, prompts, bundledModels }, options, (run) =>
            runRounds(run, options),
          ),
        );
      } finally {
        await models.close();
      }
    });
  } finally {
    store.close();
  }
}

/** Whether a training is left that this machine does, and not a cluster. */
function isToTrain(store: Store, { name, rounds }: RunConfig, { executor }: RunOptions): boolean {
  const isDone = (stage: StageRow) => stage.name === "training" && stage.progress === "finished";
  return executor?.kind !== "ray" && store.stages.list(name).filter(isDone).length < rounds.length;
}

/** Hours later it would be too late: the copy of the summary is written last. */
function refuseFolder(results: string | null): void {
  if (results === null || !statSync(results, { throwIfNoEntry: false })?.isDirectory()) return;
  throw new ConfigError(`Expected "results" to name a file to write, got ${results}, which is a folder.`);
}

/**
 * The generators that rows of the table name. Before anything is sampled: a checkpoint or a judge that is missing or cannot
 * answer would stop the run hours later.
 */
async function namedCheckpoints(
  { evaluation, rounds }: RunConfig,
  models: RunModels,
): Promise<KnownCheckpoint[]> {
  const named: KnownCheckpoint[] = [];
  for (const { verifier, checkpoints } of evaluation.rows) {
    await verifierJudge(models, verifier);
    if (typeof checkpoints === "object") named.push(await models.find(checkpoints.fixed, "generator"));
  }
  for (const { training, judge } of rounds) {
    if (training.guidance !== null) await models.find(training.guidance.judge, "judge");
    if (judge.tune === null) continue;
    if (judge.tune.labels.by === "judge") await models.judgeNamed(judge.tune.labels.judge);
    if (models.judgeCheckpoint !== null) models.family.refuseTuning?.(models.judgeCheckpoint.folder);
  }
  return named;
}

/** Opens who computes the shards, and ends it afterwards. */
async function withExecutor<Result>(
  about: Omit<RunContext, "place" | "train">,
  { executor: choice = THIS_PROCESS, progress = SILENT, signal }: RunOptions,
  work: (run: RunContext) => Promise<Result>,
): Promise<Result> {
  const { store, config } = about;
  const stop = signal ? { signal } : {};
  const executor = openExecutor(choice, { ...about, progress, ...stop });
  const chosen = executor ? { executor } : {};
  const place = (round: number) => ({ store, runId: config.name, round, progress, ...chosen, ...stop });
  try {
    return await work({ ...about, train: executor?.train ?? about.models.family.train, place });
  } finally {
    await executor?.close();
  }
}

async function endedInLedger<Result>(
  store: Store,
  how: {
    readonly run: string;
    readonly before: WorkState | undefined;
    readonly signal: AbortSignal | undefined;
  },
  work: () => Promise<Result>,
): Promise<Result> {
  const { run, before, signal } = how;
  try {
    const result = await work();
    store.runs.end(run, "finished");
    return result;
  } catch (error) {
    const isRefused = error instanceof EspalierError && error.exitCode === 2;
    // What was finished stays finished when the same command with something wrong in it is refused.
    if (before === "finished" && isRefused) store.runs.end(run, "finished");
    else {
      const message = error instanceof Error ? error.message : String(error);
      store.runs.end(run, signal?.aborted ? "stopped" : "failed", message);
    }
    throw error;
  }
}
