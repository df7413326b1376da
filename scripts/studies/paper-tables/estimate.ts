import { existsSync } from "node:fs";
import { openStore, type Store } from "../../../src/adapters/store/index.js";
import type { RunConfig } from "../../../src/config/freeze-config.js";
import { workspacePaths } from "../../../src/paths.js";
import { TASKS } from "../../../src/records/prompt.js";
import { planPipeline } from "../../../src/runner/planning/plan-pipeline.js";
import type { RunOptions } from "../../../src/runner/run/run-options.js";
import { rowsOf } from "../../../src/runner/run/table-rows.js";

/** Seconds of one worker on one core for each of an image's N (paths, candidates, branches), as a study took them. */
const SECONDS: Readonly<Record<string, number>> = {
  none: 0.03,
  orm: 0.029,
  random: 0.029,
  prm: 0.044,
  parm: 0.019,
  "parm-plus-plus": 0.021,
  "zero-order": 0.029,
  "over-paths": 0.054,
};
/** Of training, on one mask of each image. */
const SECONDS_A_PAIR = 0.1;

/**
 * What is left of a run, in seconds, when `workers` share its images: from what the workspace's finished stages took, or else from
 * the table above. Trainings have the machine to themselves.
 */
export async function estimateSeconds(
  config: RunConfig,
  workers: number,
  options: Pick<RunOptions, "workspace" | "family" | "models" | "home">,
): Promise<number> {
  const { stages } = await planPipeline(config, options);
  const measured = measuredSeconds(options.workspace);
  const verifiers = new Map(rowsOf(config, 0).map(({ stage, verifier }) => [stage, verifier.kind]));
  const left = stages.map(({ round, name, state, samples, shards }) => {
    const share =
      state === "done" ? 0 : 1 - (shards === null ? 0 : shards.done / Math.max(1, shards.planned));
    if (name === "training") return share * SECONDS_A_PAIR * trainedPairs(config.rounds[round - 1]);
    const kind = verifiers.get(name) ?? "none";
    return (share * samples * (measured.get(kind) ?? (SECONDS[kind] as number))) / workers;
  });
  return left.reduce((sum, seconds) => sum + seconds, 0);
}

/** Pairs a training goes through, at most. */
function trainedPairs(round: RunConfig["rounds"][number] | undefined): number {
  const { training, pairsPerTask } = round ?? {};
  if (training === undefined) return 0;
  const { steps, batchPairs, epochs } = training;
  return steps === null ? epochs * TASKS.length * (pairsPerTask ?? 0) : steps * batchPairs;
}

/** Seconds for each of the N of an image, by kind of verifier, where the workspace has searches that sampled. */
function measuredSeconds(workspace: string): Map<string, number> {
  const paths = workspacePaths(workspace);
  if (!existsSync(paths.database)) return new Map();
  const store = openStore(paths, { readOnly: true });
  try {
    return secondsByKind(store);
  } finally {
    store.close();
  }
}

function secondsByKind(store: Store): Map<string, number> {
  const sums = new Map<string, { seconds: number; paths: number }>();
  for (const { stageId, selection } of store.evaluations.list()) {
    const { kind, n } = partsOf(selection);
    const { searches, seconds, nfe, sampledNfe } = store.searches.costs(stageId);
    // What was mostly read back says nothing of what sampling takes.
    if (kind === undefined || searches === 0 || sampledNfe < 0.8 * nfe) continue;
    const before = sums.get(kind) ?? { seconds: 0, paths: 0 };
    sums.set(kind, { seconds: before.seconds + seconds, paths: before.paths + searches * n });
  }
  return new Map([...sums].map(([kind, { seconds, paths }]) => [kind, seconds / paths]));
}

/** A selection of the ledger, such as "plain", "best-of-20" or "parm-plus-plus-20". */
function partsOf(selection: string): { kind: string | undefined; n: number } {
  if (selection === "plain") return { kind: "none", n: 1 };
  const { name, n } = /^(?<name>.+)-(?<n>\d+)$/.exec(selection)?.groups ?? {};
  return { kind: name === "best-of" ? "orm" : name, n: Number(n ?? 1) };
}
