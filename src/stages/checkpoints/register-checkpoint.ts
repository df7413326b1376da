import type { CheckpointKind } from "../../adapters/checkpoint-record.js";
import type { Store } from "../../adapters/store/index.js";
import { type CheckpointRow, checkpointRow, type KnownCheckpoint } from "../known-checkpoint.js";

/**
 * Checks a checkpoint folder and keeps it in the ledger with what is written next, unless it is known there already or the
 * ledger cannot be written. `undo` takes its files away where nothing is.
 * Throws CheckpointError when a file is missing or damaged, or the checkpoint is of another kind.
 */
export function registerCheckpoint(
  store: Store | null,
  folder: string,
  kind: CheckpointKind,
  location: string,
  undo?: () => void,
): KnownCheckpoint {
  return registerRow(store, folder, checkpointRow(folder, kind, location), undo);
}

/** Keeps a checkpoint whose files were looked at. */
export function registerRow(
  store: Store | null,
  folder: string,
  row: CheckpointRow,
  undo?: () => void,
): KnownCheckpoint {
  if (store?.readOnly === false && store.checkpoints.find(row.id) === undefined) {
    store.checkpoints.introduce(row, undo);
  }
  return { identity: row.id, name: row.name, folder, location: row.location };
}
