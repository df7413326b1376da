import { visibleCards } from "../../adapters/graphics-cards.js";
import { rayJobs } from "../../adapters/ray/index.js";
import type { Store } from "../../adapters/store/index.js";
import type { RunConfig } from "../../config/freeze-config.js";
import type { Progress } from "../../records/progress.js";
import type { RunModels } from "../models/open-models.js";
import { assignCards } from "./assign-cards.js";
import { type ClosableExecutor, processPool } from "./pool.js";
import { rayExecutor } from "./ray.js";
import type { TaskSettings } from "./task-maker.js";
import { workerCommand } from "./worker-command.js";

/** Who computes the shards of a run: this process, worker processes on this machine, or a cluster. */
export type ExecutorChoice =
  /** `workers` null takes the pipeline's, or one for each graphics card; 1 computes in this process. */
  | { readonly kind: "local"; readonly workers: number | null }
  /** `address` of the cluster's head, as http://host:8265. */
  | { readonly kind: "ray"; readonly address: string; readonly workers: number | null };

export const THIS_PROCESS: ExecutorChoice = Object.freeze({ kind: "local", workers: 1 });

export interface ExecutorParams {
  readonly store: Store;
  readonly models: RunModels;
  readonly config: RunConfig;
  /** Folder of the bundled models. */
  readonly bundledModels: string;
  readonly progress: Progress;
  readonly signal?: AbortSignal;
}

/** The executor of a run; null for this process itself. The caller closes it. */
export function openExecutor(choice: ExecutorChoice, params: ExecutorParams): ClosableExecutor | null {
  const { config, signal } = params;
  if (choice.kind === "ray") return onRay(choice, params);
  const { workers: wanted, gpus } = config.execution;
  const { workers, cards } = assignCards(gpus > 0 ? visibleCards() : [], choice.workers ?? wanted, gpus);
  if (workers === null || workers === 1) return null;
  return processPool({
    ...config.execution,
    tasks: taskSettings(params),
    workers,
    cards,
    train: params.models.family.train,
    command: workerCommand(Math.ceil(config.execution.cpus)),
    ...(signal ? { signal } : {}),
  });
}

function onRay(
  { address, workers }: Extract<ExecutorChoice, { kind: "ray" }>,
  params: ExecutorParams,
): ClosableExecutor {
  const { store, config, progress, signal } = params;
  const stop = signal ? { signal } : {};
  return rayExecutor({
    jobs: rayJobs(address),
    address,
    store,
    runId: config.name,
    execution: config.execution,
    workers: workers ?? config.execution.workers,
    progress,
    tasks: taskSettings(params),
    ...stop,
  });
}

function taskSettings({ store, models, config, bundledModels }: ExecutorParams): TaskSettings {
  const { settings, tokenizer, references } = models;
  return {
    workspace: store.workspace,
    models: bundledModels,
    family: config.models,
    settings,
    slots: config.sampler.slots,
    tokenizer,
    references,
    cuts: models.family.cuts,
  };
}
