import { existsSync } from "node:fs";
import { openStore, type StageRow, type Store } from "../../adapters/store/index.js";
import type { RunConfig } from "../../config/freeze-config.js";
import { BUNDLED_MODELS } from "../../families/bundled.js";
import { workspacePaths } from "../../paths.js";
import { type CheckpointPlaces, findCheckpoint } from "../../stages/checkpoints/find-checkpoint.js";
import type { KnownCheckpoint } from "../../stages/known-checkpoint.js";
import { findRunCheckpoints } from "../models/open-models.js";
import { withFamily } from "../models/with-family.js";
import type { RunOptions } from "../run/run-options.js";
import { dealPrompts } from "../run/run-prompts.js";
import { recordOf, refuseOtherSettings } from "../run/run-record.js";
import { trainedPrompts } from "../run/trained-prompts.js";
import { estimateRun, type RunEstimate } from "../scaling/estimate-run.js";
import { type PlannedJudging, plannedJudging } from "./planned-judging.js";
import type { PlannedStage, PlannedWork } from "./planned-stage.js";
import { workOf } from "./planned-work.js";

export interface Plan {
  readonly run: string;
  readonly workspace: string;
  /** Models that a run would fetch first. While there are some, an earlier run's settings are not compared. */
  readonly toFetch: readonly string[];
  /** In the order they run. */
  readonly stages: readonly PlannedStage[];
  /** Images that are still to be sampled, and in all. */
  readonly images: { readonly left: number; readonly total: number };
  /** What is left on so many workers, by the costs of shards that the workspace has measured. */
  readonly estimate: RunEstimate;
  /** What asking the judges of the settings takes at most. */
  readonly judging: readonly PlannedJudging[];
}

/**
 * What a run would do and what is done, without doing or writing anything.
 * Throws ConfigError when the workspace has a run of this name with other settings.
 */
export async function planPipeline(
  config: RunConfig,
  options: Pick<RunOptions, "workspace" | "family" | "models" | "home"> & {
    /** The pipeline's unless given; one where neither says. */
    readonly workers?: number | null;
  },
): Promise<Plan> {
  const { models = BUNDLED_MODELS } = options;
  const paths = workspacePaths(options.workspace);
  const store = existsSync(paths.database) ? openStore(paths, { readOnly: true }) : null;
  try {
    return await withFamily(options, config.models, async (family) => {
      const toFetch = await family.missing();
      const places = { store, models, outside: family.outside };
      const found = toFetch.length === 0 ? await findRunCheckpoints(config, places) : undefined;
      const start = found && store ? [found.base, ...(await fixedCheckpoints(config, places))] : [];
      const trained = store ? trainedPrompts(store, ...start.map(({ identity }) => identity)) : [];
      const prompts = await dealPrompts(config, family, options.home, trained);
      if (found && store?.runs.find(config.name) !== undefined) {
        const detector = await family.openDetector();
        refuseOtherSettings(store, recordOf(config, { ...found, detector }, prompts));
      }
      const begun = store?.stages.list(config.name) ?? [];
      const mined = (round: number) => minedIn(round, begun, store);
      const stages = workOf(config, prompts, mined).map((work) => progressOf(work, begun, store));
      const { shardImages, execution } = config;
      const workers = options.workers ?? execution.workers ?? 1;
      const measured = store?.shards.measured() ?? [];
      const estimate = estimateRun(stages, measured, { workers, shardImages, execution });
      const judging = plannedJudging(config, stages);
      const head = { run: config.name, workspace: paths.root, toFetch };
      return { ...head, stages, images: imagesOf(stages), estimate, judging };
    });
  } finally {
    store?.close();
  }
}

/** The generators that rows of the table name. Throws CheckpointError when one is missing. */
async function fixedCheckpoints(
  { evaluation }: RunConfig,
  places: CheckpointPlaces,
): Promise<KnownCheckpoint[]> {
  const named: KnownCheckpoint[] = [];
  for (const { checkpoints } of evaluation.rows) {
    if (typeof checkpoints === "object")
      named.push(await findCheckpoint(checkpoints.fixed, "generator", places));
  }
  return named;
}

function minedIn(round: number, begun: readonly StageRow[], store: Store | null): number | undefined {
  const isMined = (stage: StageRow) =>
    stage.round === round && stage.name === "pairs" && stage.progress === "finished";
  const stage = begun.findLast(isMined);
  return stage && store?.shards.progress(stage.id).rows;
}

function progressOf(work: PlannedWork, begun: readonly StageRow[], store: Store | null): PlannedStage {
  const stage = begun.findLast(({ round, name }) => round === work.round && name === work.name);
  if (stage === undefined) return { ...work, state: "to do", shards: null };
  const done = store?.shards.progress(stage.id).shards ?? 0;
  const shards = { done, planned: stage.plannedShards ?? done };
  if (stage.progress === "finished") return { ...work, state: "done", shards };
  return { ...work, state: done > 0 ? "partly" : "to do", shards };
}

function imagesOf(stages: readonly PlannedStage[]): Plan["images"] {
  const left = (stage: PlannedStage) =>
    stage.state === "done" ? 0 : Math.round(stage.samples * (1 - shareDone(stage)));
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  return { left: sum(stages.map(left)), total: sum(stages.map(({ samples }) => samples)) };
}

function shareDone({ shards }: PlannedStage): number {
  return shards === null || shards.planned === 0 ? 0 : shards.done / shards.planned;
}
