import type { CheckpointKind } from "../../adapters/onnx/checkpoint.js";
import type { Store } from "../../adapters/store/index.js";
import { checkpointRow, type KnownCheckpoint } from "../known-checkpoint.js";

/**
 * Checks a checkpoint folder and keeps it in the ledger, unless it is known there already or the ledger cannot be written.
 * Throws CheckpointError when a file is missing or damaged, or the checkpoint is of another kind.
 */
export function registerCheckpoint(
  store: Store | null,
  folder: string,
  kind: CheckpointKind,
  location: string,
): KnownCheckpoint {
  const row = checkpointRow(folder, kind, location);
  if (store?.readOnly === false && store.checkpoints.find(row.id) === undefined) store.checkpoints.add(row);
  return { identity: row.id, name: row.name, folder, location };
}
