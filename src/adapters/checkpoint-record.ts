import { createHash } from "node:crypto";
import { closeSync, existsSync, openSync, readFileSync, readSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { DRAWN_FAMILIES, NODE_FAMILIES, TORCH_FAMILIES } from "../config/schema/models.js";
import { CheckpointError } from "../errors.js";

const name = z.string().min(1).max(1000);
const names = z.array(name).max(1000);
const hash = z.string().regex(/^[0-9a-f]{64}$/);

/** What every checkpoint.json says, whatever family its model is of. */
const anyRecord = z.looseObject({
  format: z.literal(1),
  kind: z.enum(["generator", "tokenizer", "judge"]),
  family: z.enum([...NODE_FAMILIES, ...TORCH_FAMILIES, ...DRAWN_FAMILIES]),
  name,
  identity: hash,
  files: z.record(name, hash),
  parents: names.optional(),
  /** What a judge can be asked. */
  questions: names.optional(),
  /** What a judge may say is wrong. */
  reasons: names.optional(),
});

/** Tokens and words are stored in 16 bits. */
const kinds = z
  .int()
  .positive()
  .max(2 ** 16);
const bundledConfig = z.looseObject({
  /** Tokens of a side. */
  grid: z.int().positive().max(256),
  codebook_size: kinds,
  vocabulary_size: kinds.optional(),
  text_length: z.int().positive().max(4096).optional(),
  /** Reasons a correction may give; absent or 0 for a generator that cannot correct images. */
  correction_reasons: z.int().nonnegative().max(1000).optional(),
  /** Sizes of a next-token generator. */
  width: z.int().positive().max(65_536).optional(),
  layers: z.int().positive().max(1000).optional(),
  heads: z.int().positive().max(1000).optional(),
  /** 1 for a judge that is told which tokens are settled. */
  settled: z.int().min(0).max(1).optional(),
});

const bundledRecord = anyRecord.extend({ family: z.enum(NODE_FAMILIES), config: bundledConfig });

export type CheckpointRecord = z.output<typeof anyRecord>;
/** Of the families that run in Node. */
export type BundledRecord = z.output<typeof bundledRecord>;
export type CheckpointKind = CheckpointRecord["kind"];
export type FamilyName = CheckpointRecord["family"];

export const CURE = "Name the folder of a checkpoint, or rebuild it with the command in its README.";

/** Reads checkpoint.json. Throws CheckpointError when it is missing, damaged or of another kind. */
export function readRecord(folder: string, kind: CheckpointKind): CheckpointRecord {
  const file = join(folder, "checkpoint.json");
  if (!existsSync(file)) {
    throw new CheckpointError(`No ${kind} in ${folder}: expected a file checkpoint.json there. ${CURE}`);
  }
  const checked = checkedRecord(parse(file));
  if (!checked.success) {
    const faults = checked.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
    throw new CheckpointError(`${file} is not a checkpoint of format 1: ${faults.join("; ")}. ${CURE}`);
  }
  if (checked.data.kind !== kind) {
    throw new CheckpointError(`Expected ${folder} to hold a ${kind}, got a ${checked.data.kind}. ${CURE}`);
  }
  return checked.data;
}

function checkedRecord(value: unknown) {
  const checked = anyRecord.safeParse(value);
  const inNode = NODE_FAMILIES.some((family) => family === checked.data?.family);
  return inNode ? bundledRecord.safeParse(value) : checked;
}

/** Checks every file of a checkpoint against its hash. Throws CheckpointError when one is missing or not the one that was written. */
export function checkFiles(folder: string, record: CheckpointRecord): void {
  for (const [fileName, expected] of Object.entries(record.files)) {
    const file = join(folder, fileName);
    if (!existsSync(file)) {
      throw new CheckpointError(`The ${record.kind} ${record.name} lacks its file ${file}. ${CURE}`);
    }
    const found = sha256OfFile(file);
    if (found !== expected) {
      throw new CheckpointError(
        `${file} is damaged or from another checkpoint: expected sha256 ${expected} as in checkpoint.json, got ${found}. ${CURE}`,
      );
    }
  }
}

const PIECE_BYTES = 1 << 22;

/** sha256 in hex of a file of any size, read in pieces. */
export function sha256OfFile(file: string): string {
  const hash = createHash("sha256");
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  const handle = openSync(file, "r");
  try {
    for (let read = 1; read > 0; ) {
      read = readSync(handle, piece, 0, PIECE_BYTES, null);
      hash.update(piece.subarray(0, read));
    }
  } finally {
    closeSync(handle);
  }
  return hash.digest("hex");
}

function parse(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    throw new CheckpointError(`${file} is not JSON. ${CURE}`, { cause });
  }
}
