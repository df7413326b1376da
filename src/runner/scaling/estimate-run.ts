import type { MeasuredStage } from "../../adapters/store/index.js";
import type { ExecutionConfig } from "../../config/schema/execution.js";
import type { PlannedStage } from "../planning/planned-stage.js";
import { OVERHEAD } from "./overhead.js";
import { type SimulatedRun, type StageTimes, simulate } from "./simulate.js";

/** What a run would still take, by the costs of shards that were measured before. */
export interface RunEstimate extends SimulatedRun {
  /** Hours of graphics cards that are held; 0 where workers need none. */
  readonly gpuHours: number;
  /** Bytes of the files that are written. */
  readonly storage: number;
  /** Stages without a measured one of their kind: their time is not in the estimate. */
  readonly unmeasured: readonly string[];
}

/** Stages whose shards workers compute; the coordinator does the others alone. */
const SHARED = /^(candidates|scores|search|validation|evaluation)/;

/** Estimates what is left of a plan on so many workers. */
export function estimateRun(
  stages: readonly PlannedStage[],
  measured: readonly MeasuredStage[],
  settings: {
    readonly workers: number;
    readonly shardImages: number;
    readonly execution: Pick<ExecutionConfig, "gpus">;
  },
): RunEstimate {
  const { workers, shardImages, execution } = settings;
  const left = stages.filter(({ state }) => state !== "done");
  const costs = left.map((stage) => ({ stage, cost: costOf(stage.name, measured), units: unitsLeft(stage) }));
  const known = costs.flatMap(({ stage, cost, units }) =>
    cost === undefined ? [] : [timesOf(stage.name, cost.seconds / cost.units, units, shardImages)],
  );
  const storage = costs.reduce(
    (sum, { cost, units }) => sum + (cost === undefined ? 0 : (cost.bytes / cost.units) * units),
    0,
  );
  const run = simulate(known, workers, OVERHEAD);
  const unmeasured = costs.flatMap(({ stage, cost }) => (cost ? [] : [stage.name]));
  const gpuHours = (run.paid * execution.gpus) / 3600;
  return { ...run, gpuHours, storage, unmeasured: [...new Set(unmeasured)] };
}

/** Shards as a stage cuts them: `shardImages` units each, the last one what is left. */
export function timesOf(
  name: string,
  secondsPerUnit: number,
  units: number,
  shardImages: number,
): StageTimes {
  if (!SHARED.test(name)) return { name, shards: [], alone: secondsPerUnit * units };
  const count = Math.ceil(units / shardImages);
  const shards = Array.from({ length: count }, (_, index) => {
    return Math.min(shardImages, units - index * shardImages) * secondsPerUnit;
  });
  return { name, shards, alone: 0 };
}

/** Of the same name; an evaluation that was never run is taken for the ones that were. */
function costOf(name: string, measured: readonly MeasuredStage[]): MeasuredStage | undefined {
  const exact = measured.find((one) => one.name === name);
  if (exact) return exact;
  const [kind = ""] = name.split("-");
  return measured.find((one) => one.name.split("-")[0] === kind);
}

function unitsLeft({ units, shards, state }: PlannedStage): number {
  const share =
    state === "partly" && shards !== null && shards.planned > 0 ? shards.done / shards.planned : 0;
  return Math.round(units * (1 - share));
}
