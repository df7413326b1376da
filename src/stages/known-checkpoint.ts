import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type CheckpointKind, readCheckpoint, readCheckpointFile } from "../adapters/onnx/checkpoint.js";
import type { Json } from "../adapters/store/index.js";

/** A checkpoint whose files were found whole. */
export interface KnownCheckpoint {
  /** sha256 of the weights, hex. */
  readonly identity: string;
  readonly name: string;
  /** Absolute. */
  readonly folder: string;
  /** As the ledger keeps it: a folder of the workspace, or `bundled:NAME`. */
  readonly location: string;
}

/**
 * What the ledger keeps of a checkpoint, after checking every file of the folder against its hash.
 * Throws CheckpointError when a file is missing or damaged, or the checkpoint is of another kind.
 */
export function checkpointRow(folder: string, kind: CheckpointKind, location: string) {
  const checkpoint = readCheckpoint(folder, kind);
  for (const file of Object.keys(checkpoint.files)) readCheckpointFile(folder, checkpoint, file);
  const record = JSON.parse(readFileSync(join(folder, "checkpoint.json"), "utf8")) as Json;
  const parents = Array.isArray(record["parents"]) ? (record["parents"] as string[]) : [];
  const { identity, name, family } = checkpoint;
  return { id: identity, kind, family, name, location, parents, pairSetHash: null, record };
}
