import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { TrainingConfig } from "../../config/schema/training.js";
import type { KnownCheckpoint } from "../../stages/known-checkpoint.js";
import type { TrainingCheckpoints } from "../../stages/training/train-request.js";
import type { RunModels } from "../models/open-models.js";

/**
 * The other checkpoints a training needs: the judge of its reward guidance, and the base below an adapter that is
 * carried on from `policy`. Throws CheckpointError when one cannot be found.
 */
export async function trainingCheckpoints(
  models: RunModels,
  { guidance, adapter }: TrainingConfig,
  policy: KnownCheckpoint,
): Promise<TrainingCheckpoints> {
  const base = adapter?.betweenRounds === "carried" ? adapterBaseOf(policy) : undefined;
  return {
    judge: guidance === null ? null : await models.find(guidance.judge, "judge"),
    adapterBase: base === undefined ? null : await models.find(base, "generator"),
  };
}

/** Identity of the weights that a checkpoint's own adapter sits on; undefined without an adapter. */
function adapterBaseOf({ folder }: KnownCheckpoint): string | undefined {
  // What others released has no record of ours, and no adapter.
  if (!existsSync(join(folder, "checkpoint.json"))) return undefined;
  const record = JSON.parse(readFileSync(join(folder, "checkpoint.json"), "utf8")) as {
    readonly adapter?: { readonly base: string };
  };
  return record.adapter?.base;
}
