import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { NODE_FAMILIES } from "../../config/schema/models.js";
import { CheckpointError } from "../../errors.js";
import { type BundledRecord, type CheckpointKind, CURE, readRecord } from "../checkpoint-record.js";

/** Reads checkpoint.json of a bundled family. Throws CheckpointError when it is missing, damaged, or of another kind or family. */
export function readCheckpoint(folder: string, kind: CheckpointKind): BundledRecord {
  const record = readRecord(folder, kind);
  if (NODE_FAMILIES.some((family) => family === record.family)) return record as BundledRecord;
  throw new CheckpointError(
    `Expected ${folder} to hold a ${kind} of the bundled family, got ${record.family}. ${CURE}`,
  );
}

/** The bytes of one of a checkpoint's files. Throws CheckpointError when it is missing or not the one that was exported. */
export function readCheckpointFile(folder: string, checkpoint: BundledRecord, fileName: string): Uint8Array {
  const file = join(folder, fileName);
  const expected = checkpoint.files[fileName];
  if (!existsSync(file)) {
    throw new CheckpointError(`The ${checkpoint.kind} ${checkpoint.name} lacks its file ${file}. ${CURE}`);
  }
  const bytes = readFileSync(file);
  const found = createHash("sha256").update(bytes).digest("hex");
  if (found !== expected) {
    throw new CheckpointError(
      `${file} is damaged or from another checkpoint: expected sha256 ${expected ?? "(none listed)"} ` +
        `as in checkpoint.json, got ${found}. ${CURE}`,
    );
  }
  return bytes;
}
