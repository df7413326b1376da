import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { TrainingConfig } from "../../config/training-schema.js";
import type { KnownCheckpoint } from "../../stages/known-checkpoint.js";
import type { TrainingHelp } from "../../stages/training/train-request.js";
import type { Room } from "../models/open-models.js";

/**
 * The other checkpoints a training needs: the judge of its reward guidance, and the base below an adapter that is
 * carried on from `policy`. Throws CheckpointError when one cannot be found.
 */
export async function trainingHelp(
  room: Room,
  { guidance, adapter }: TrainingConfig,
  policy: KnownCheckpoint,
): Promise<TrainingHelp> {
  const base = adapter?.betweenRounds === "carried" ? adapterBaseOf(policy) : undefined;
  return {
    judge: guidance === null ? null : await room.find(guidance.judge, "judge"),
    adapterBase: base === undefined ? null : await room.find(base, "generator"),
  };
}

/** Identity of the weights that a checkpoint's own adapter sits on; undefined without an adapter. */
function adapterBaseOf({ folder }: KnownCheckpoint): string | undefined {
  const record = JSON.parse(readFileSync(join(folder, "checkpoint.json"), "utf8")) as {
    readonly adapter?: { readonly base: string };
  };
  return record.adapter?.base;
}
