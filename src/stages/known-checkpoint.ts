import { type CheckpointKind, checkFiles, readRecord } from "../adapters/checkpoint-record.js";
import type { Json } from "../adapters/store/index.js";

/** A checkpoint whose files were found whole. */
export interface KnownCheckpoint {
  /** sha256 of the weights, hex. */
  readonly identity: string;
  readonly name: string;
  /** Absolute. */
  readonly folder: string;
  /** As the ledger keeps it: a folder of the workspace, `bundled:NAME`, or `outside:NAME`. */
  readonly location: string;
}

/**
 * What the ledger keeps of a checkpoint, after checking every file of the folder against its hash.
 * Throws CheckpointError when a file is missing or damaged, or the checkpoint is of another kind.
 */
export function checkpointRow(folder: string, kind: CheckpointKind, location: string): CheckpointRow {
  const record = readRecord(folder, kind);
  checkFiles(folder, record);
  const { identity, name, family, parents = [] } = record;
  return { id: identity, kind, family, name, location, parents, pairSetHash: null, record: record as Json };
}

/** A checkpoint as the ledger keeps it. */
export interface CheckpointRow {
  readonly id: string;
  readonly kind: CheckpointKind;
  readonly family: string;
  readonly name: string;
  readonly location: string;
  readonly parents: string[];
  readonly pairSetHash: null;
  readonly record: Json;
}
