import SqliteDatabase, { type Database as Sqlite } from "better-sqlite3";
import type { GetColumnData } from "drizzle-orm";
import { type BetterSQLite3Database, drizzle } from "drizzle-orm/better-sqlite3";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";
import { StoreError } from "../../errors.js";
import type { Workspace } from "../../paths.js";
import { connect } from "./connect.js";

export type Orm = BetterSQLite3Database<Record<string, never>>;

/** What the parts of the store share: one connection, and the only door to writing. */
export interface Ledger {
  readonly workspace: Workspace;
  readonly readOnly: boolean;
  readonly orm: Orm;
  readonly sqlite: Sqlite;
  /** Milliseconds since 1970, for the rows people read. */
  readonly now: () => number;
  /** Runs `work` in one transaction, after a look at the lease. Throws StoreError for readers. */
  write<Result>(work: () => Result): Result;
  /** Keeps `work` for the transaction of the next write; runs `undo` at the end where nothing was written. */
  withNextWrite(work: () => void, undo?: () => void): void;
}

export function ormOver(sqlite: Sqlite): Orm {
  return drizzle(sqlite);
}

type Fields = Record<string, SQLiteColumn>;
export type RowOf<Selected extends Fields> = { [Name in keyof Selected]: GetColumnData<Selected[Name]> };

/**
 * Streams the rows of a query that selects exactly `fields`, in their order. Each stream has a connection of its
 * own: it sees the ledger as it was when it began, and the caller may write while it runs.
 */
export function* stream<Selected extends Fields>(
  ledger: Ledger,
  fields: Selected,
  query: { toSQL(): { sql: string; params: unknown[] } },
): Generator<RowOf<Selected>, undefined> {
  const { sql, params } = query.toSQL();
  const read = rowReader(fields);
  const connection = connect(ledger.workspace.database, { readOnly: true });
  try {
    for (const values of connection
      .prepare(sql)
      .raw(true)
      .iterate(...params)) {
      yield read(values as unknown[]) as RowOf<Selected>;
    }
  } finally {
    connection.close();
  }
}

/** Makes rows of values. JSON that a column repeats from row to row (a prompt's metadata, a sampler's settings) is read once, its value shared. */
function rowReader(fields: Fields): (values: readonly unknown[]) => Record<string, unknown> {
  const columns = Object.entries(fields).map(([name, column]) => ({
    name,
    column,
    text: "",
    value: null as unknown,
  }));
  return (values) => {
    const row: Record<string, unknown> = {};
    for (let index = 0; index < columns.length; index++) {
      const known = columns[index] as (typeof columns)[number];
      const value = values[index];
      if (value === null || known.column.dataType !== "json") {
        row[known.name] = value === null ? null : known.column.mapFromDriverValue(value);
        continue;
      }
      if (known.text !== value) {
        known.value = known.column.mapFromDriverValue(value);
        known.text = value as string;
      }
      row[known.name] = known.value;
    }
    return row;
  };
}

/** The same failure in the user's terms, where SQLite's own words do not help. */
export function explained(error: unknown, workspace: Workspace): unknown {
  const code = error instanceof SqliteDatabase.SqliteError ? error.code : undefined;
  const cure = code === undefined ? undefined : CURES.find(([start]) => code.startsWith(start))?.[1];
  if (cure === undefined) return error;
  return new StoreError(`${workspace.database}: ${(error as Error).message} (${code}). ${cure}`, {
    cause: error,
  });
}

const CURES: readonly (readonly [codeStart: string, cure: string])[] = [
  ["SQLITE_NOTADB", "Expected a ledger made by espalier. Choose another workspace, or move this file away."],
  ["SQLITE_CORRUPT", "The file is damaged: restore it from a copy, or begin a new workspace."],
  ["SQLITE_FULL", "The disk is full: free some space and run again; finished shards are kept."],
  ["SQLITE_IOERR", "The disk cannot be read or written: check it, then run again."],
  [
    "SQLITE_CANTOPEN",
    "Expected a file that this user can open: check it, espalier.db-wal and espalier.db-shm beside it, and who may open them.",
  ],
  ["SQLITE_READONLY", "Expected a file that this user can write: check the folder and its permissions."],
  ["SQLITE_BUSY", "Another program holds the database: close it and run again."],
  [
    "SQLITE_CONSTRAINT_FOREIGNKEY",
    "A row names a run, round, prompt or candidate that is not stored: store that first.",
  ],
];
