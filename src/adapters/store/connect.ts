import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import SqliteDatabase, { type Database as Sqlite } from "better-sqlite3";
import { StoreError } from "../../errors.js";
import { commandLine } from "../../records/command-line.js";
import { someOf } from "../../records/some-of.js";

/** KiB of pages that a connection keeps; beyond that the system's cache serves. Every stream is a connection. */
const CACHE = 4096;

/**
 * Opens SQLite with foreign keys on and waits up to 5 s for a lock. A reader writes nothing: where the folder cannot be
 * written either, it reads a copy. Throws StoreError when such a folder holds rows that are not merged yet.
 */
export function connect(file: string, options: { readonly readOnly: boolean }): Sqlite {
  if (!options.readOnly) return opened(file, false);
  const copy = copies.get(file);
  if (copy !== undefined) return opened(copy, true);
  try {
    return opened(file, true);
  } catch (error) {
    if (!isUnwritable(error)) throw error;
    return opened(copyOf(file), true);
  }
}

function opened(file: string, readonly: boolean): Sqlite {
  const sqlite = new SqliteDatabase(file, { readonly, fileMustExist: true, timeout: 5000 });
  try {
    sqlite.pragma("foreign_keys = ON");
    sqlite.pragma(`cache_size = -${CACHE}`);
    // Only a first look at its pages shows whether it can be read.
    if (readonly) sqlite.prepare("SELECT count(*) FROM sqlite_master").get();
    return sqlite;
  } catch (error) {
    sqlite.close();
    throw error;
  }
}

/** A reader of a ledger in WAL mode makes files beside it, which a read-only disk or another user's folder refuses. */
function isUnwritable(error: unknown): boolean {
  const code = error instanceof SqliteDatabase.SqliteError ? error.code : "";
  return code.startsWith("SQLITE_CANTOPEN") || code.startsWith("SQLITE_READONLY");
}

/** Copies of unwritable ledgers, by file; for as long as the process runs. */
const copies = new Map<string, string>();

/** better-sqlite3 cannot open a file as immutable (it is built without URIs): a copy without WAL mode does the same. */
function copyOf(file: string): string {
  const log = `${file}-wal`;
  if (existsSync(log) && statSync(log).size > 0) {
    throw new StoreError(
      `${file} cannot be read as it is: ${basename(log)} beside it holds rows that are not merged yet, and merging writes. ` +
        "Make the folder writable once and run espalier status there, or copy the folder to where you can write.",
    );
  }
  const folder = mkdtempSync(join(tmpdir(), "espalier-read-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const copy = join(folder, basename(file));
  copyReadable(file, copy);
  withoutLog(copy);
  copies.set(file, copy);
  return copy;
}

function copyReadable(file: string, copy: string): void {
  try {
    copyFileSync(file, copy);
    chmodSync(copy, 0o600);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StoreError(
      `${file} cannot be read (${code}). Expected a file that this user may read, and room for a copy in ${dirname(copy)}.`,
      { cause: error },
    );
  }
}

/** Bytes 18 and 19 of the header: 2 for WAL, 1 for a rollback journal (SQLite database file format, 1.3.3). */
function withoutLog(file: string): void {
  const handle = openSync(file, "r+");
  try {
    writeSync(handle, Uint8Array.of(1, 1), 0, 2, 18);
  } finally {
    closeSync(handle);
  }
}

/** Throws StoreError when a file that SQLite opens is no ledger: of another program, or empty. */
export function requireLedger(sqlite: Sqlite, file: string): void {
  const names = sqlite
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    .pluck()
    .all() as string[];
  if (names.includes("__drizzle_migrations")) return;
  const found =
    names.length === 0
      ? "an empty file"
      : `tables ${someOf(names, 5, `sqlite3 ${file} .tables`)} of another program`;
  const cure = names.length === 0 ? "Delete it, or name another workspace." : "Name another workspace.";
  throw new StoreError(`${file} is no ledger of espalier: expected its tables, got ${found}. ${cure}`);
}

export function noWorkspace(file: string): StoreError {
  const workspace = dirname(file);
  const first = [["quickstart"], ["generate", "PROMPTS"], ["import", "PLACE"], ["run", "PIPELINE"]].map(
    (words) => commandLine(words, workspace),
  );
  return new StoreError(
    `No workspace at ${workspace}: expected ${file}. Name another folder, or begin one: ${first.join(", or ")}.`,
  );
}
