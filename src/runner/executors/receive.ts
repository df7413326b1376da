import { rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { readCandidates, readDrawingIds } from "../../adapters/arrow/index.js";
import { verifyFile } from "../../adapters/arrow/verify-file.js";
import { makeFolder } from "../../adapters/make-folder.js";
import type { CandidateRow } from "../../adapters/store/index.js";
import { StoreError } from "../../errors.js";
import { shardFile } from "../../paths.js";
import type { Candidate } from "../../records/candidate.js";
import { type ComputedShard, ShardFault, type ShardRequest } from "../../stages/running/executor.js";
import { type Receipt, receiptSchema, type ShardTask } from "./task.js";

/** Reads a line that should be a receipt. Throws ShardFault. */
export function parseReceipt(line: string, worker: string | null = null): Receipt {
  try {
    return receiptSchema.parse(JSON.parse(line));
  } catch (cause) {
    const shown = line.length > 200 ? `${line.slice(0, 200)}…` : line;
    throw new ShardFault(`its worker broke the protocol: ${shown} (${(cause as Error).message})`, worker);
  }
}

/**
 * A shard that came back: its file is compared with the receipt, row by row, and moved into its place.
 * Throws ShardFault when the worker reports one, or what it made is missing, cut short or something else.
 */
export async function receiveShard(
  task: ShardTask,
  { stage, index }: ShardRequest,
  receipt: Receipt,
): Promise<ComputedShard> {
  const { worker, seconds } = receipt;
  if ("fault" in receipt) throw new ShardFault(receipt.fault, worker);
  const { file, sha256, rows, candidates, data } = receipt.done;
  const isEmpty = file === null || sha256 === null;
  if (candidates.length !== rows || (isEmpty ? rows > 0 : file !== task.output)) {
    throw new ShardFault(
      `it came back damaged: expected ${task.output} with ${rows} rows, got ${candidates.length} in ${file}`,
      worker,
    );
  }
  if (isEmpty) return { candidates: [], data, seconds };
  const place = shardFile(stage, index);
  const from = join(task.workspace, task.output);
  const to = join(task.workspace, place);
  try {
    await verifyFile(from, sha256);
    const whole = await readWhole(from, candidates as unknown as readonly CandidateRow[]);
    makeFolder(dirname(to));
    await rename(from, to);
    return { candidates: whole, data, seconds, file: { file: place, sha256 } };
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    throw new ShardFault(`it came back damaged: ${error.message}`, worker);
  }
}

/** As `readWhole`, of candidates that are pictures: receipts say all that is known of them. */
async function readPictures(file: string, rows: readonly CandidateRow[]): Promise<Candidate[]> {
  const ids: string[] = [];
  for await (const id of readDrawingIds(file)) ids.push(id);
  const same = ids.length === rows.length && ids.every((id, row) => id === rows[row]?.id);
  if (!same)
    throw new StoreError(`${file}: expected the ${rows.length} candidates of the receipt, got others.`);
  return rows.map((row) => ({ ...row, tokens: new Uint16Array(), committedAt: new Uint8Array() }));
}

/** The candidates with the tokens that the file holds. Throws StoreError unless file and rows say the same. */
async function readWhole(file: string, rows: readonly CandidateRow[]): Promise<Candidate[]> {
  if (rows[0]?.picture !== undefined) return readPictures(file, rows);
  const whole: Candidate[] = [];
  for await (const { id, tokens, committedAt } of readCandidates(file)) {
    const row = rows[whole.length];
    if (row?.id !== id) {
      throw new StoreError(
        `${file}: expected candidate ${row?.id ?? "none"} in row ${whole.length}, got ${id}.`,
      );
    }
    whole.push({ ...row, tokens, committedAt });
  }
  if (whole.length === rows.length) return whole;
  throw new StoreError(`${file}: expected ${rows.length} rows, got ${whole.length}.`);
}
