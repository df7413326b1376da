import type { CheckpointKind } from "../../adapters/checkpoint-record.js";
import type { StageRow } from "../../adapters/store/index.js";
import { folderOf } from "../../stages/checkpoints/find-checkpoint.js";
import { registerCheckpoint } from "../../stages/checkpoints/register-checkpoint.js";
import type { KnownCheckpoint } from "../../stages/known-checkpoint.js";
import type { RunContext } from "./run-context.js";

/** The checkpoint that a finished training stage kept; its files are checked against their hashes. */
export function trainedCheckpoint(
  { store, bundledModels }: RunContext,
  training: StageRow,
  kind: CheckpointKind,
): KnownCheckpoint {
  const row = store.checkpoints.madeBy(training.id);
  if (row === undefined) throw new Error(`Training stage ${training.id} is finished but kept no checkpoint.`);
  return registerCheckpoint(
    store,
    folderOf(row.location, { store, models: bundledModels }),
    kind,
    row.location,
  );
}
