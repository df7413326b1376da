import { createHash } from "node:crypto";
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { StoreError } from "../errors.js";
import { makeFolder } from "./make-folder.js";

/** A file that appears whole or not at all. */
export interface AtomicFile {
  /** Appends. Synchronous, so that nothing piles up in memory. */
  write(bytes: Uint8Array): void;
  /** Flushes and renames; returns the lower-case hex sha256 of what was written. */
  commit(): string;
  /** Removes what was written so far. */
  discard(): void;
}

/** Opens a temporary file beside `file`, making the folder when absent. What a killed writer left there is overwritten. */
export function openAtomicFile(file: string): AtomicFile {
  const folder = dirname(file);
  const partial = join(folder, `.${basename(file)}.partial`);
  const hash = createHash("sha256");
  makeFolder(folder);
  const descriptor = openSync(partial, "w");
  return {
    write: (bytes) => {
      hash.update(bytes);
      for (let start = 0; start < bytes.length; ) start += write(descriptor, bytes.subarray(start), file);
    },
    commit: () => {
      fsyncSync(descriptor);
      closeSync(descriptor);
      renameSync(partial, file);
      flushFolder(folder);
      return hash.digest("hex");
    },
    discard: () => {
      closeSync(descriptor);
      rmSync(partial, { force: true });
    },
  };
}

function write(descriptor: number, bytes: Uint8Array, file: string): number {
  try {
    return writeSync(descriptor, bytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
    throw new StoreError(`The disk is full: ${file} was not written. Free some space and run again.`, {
      cause: error,
    });
  }
}

/** The new name survives a power cut only once its folder is on disk. */
function flushFolder(folder: string): void {
  const descriptor = openSync(folder, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
