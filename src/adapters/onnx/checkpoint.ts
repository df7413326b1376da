import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { CheckpointError } from "../../errors.js";

const name = z.string().min(1);
const hash = z.string().regex(/^[0-9a-f]{64}$/);

const checkpointSchema = z.object({
  format: z.literal(1),
  kind: z.enum(["generator", "tokenizer", "judge"]),
  family: z.literal("bundled"),
  name,
  config: z.object({
    grid: z.int().positive(),
    codebook_size: z.int().positive(),
    vocabulary_size: z.int().positive().optional(),
    text_length: z.int().positive().optional(),
    /** Reasons a correction may give; absent or 0 for a generator that cannot correct images. */
    correction_reasons: z.int().nonnegative().optional(),
    /** 1 for a judge that is told which tokens are settled. */
    settled: z.int().optional(),
  }),
  questions: z.array(name).optional(),
  /** What a judge may say is wrong. */
  reasons: z.array(name).optional(),
  identity: hash,
  files: z.record(name, hash),
});

/** What Node reads of a checkpoint.json of the bundled family. */
export type Checkpoint = z.output<typeof checkpointSchema>;
export type CheckpointKind = Checkpoint["kind"];

const CURE = "Name the folder of a checkpoint, or rebuild it with the command in its README.";

/** Reads checkpoint.json. Throws CheckpointError when it is missing, damaged or of another kind. */
export function readCheckpoint(folder: string, kind: CheckpointKind): Checkpoint {
  const file = join(folder, "checkpoint.json");
  if (!existsSync(file)) {
    throw new CheckpointError(`No ${kind} in ${folder}: expected a file checkpoint.json there. ${CURE}`);
  }
  const checked = checkpointSchema.safeParse(parse(file));
  if (!checked.success) {
    const faults = checked.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
    throw new CheckpointError(
      `${file} is not a bundled checkpoint of format 1: ${faults.join("; ")}. ${CURE}`,
    );
  }
  if (checked.data.kind !== kind) {
    throw new CheckpointError(`Expected ${folder} to hold a ${kind}, got a ${checked.data.kind}. ${CURE}`);
  }
  return checked.data;
}

/** The bytes of one of a checkpoint's files. Throws CheckpointError when it is missing or not the one that was exported. */
export function readCheckpointFile(folder: string, checkpoint: Checkpoint, fileName: string): Uint8Array {
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

function parse(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    throw new CheckpointError(`${file} is not JSON. ${CURE}`, { cause });
  }
}
