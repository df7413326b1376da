import { existsSync } from "node:fs";
import SqliteDatabase, { type Database as Sqlite } from "better-sqlite3";
import { StoreError } from "../../errors.js";
import type { Workspace } from "../../paths.js";
import { connect, noWorkspace, requireLedger } from "./connect.js";
import { explained } from "./ledger.js";

export interface QueryResult {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
  /** Whether there were more rows than asked for. */
  readonly cut: boolean;
}

/**
 * Runs one statement that only reads, on a connection that cannot write, and returns at most `limit` rows.
 * Throws StoreError when the statement is not one, or not one that reads.
 */
export function queryLedger(workspace: Workspace, sql: string, limit: number): QueryResult {
  const { database } = workspace;
  if (!existsSync(database)) throw noWorkspace(database);
  try {
    const sqlite = connect(database, { readOnly: true });
    try {
      requireLedger(sqlite, database);
      return answer(sqlite, sql, limit);
    } finally {
      sqlite.close();
    }
  } catch (error) {
    throw explained(error, workspace);
  }
}

function answer(sqlite: Sqlite, sql: string, limit: number): QueryResult {
  try {
    const statement = sqlite.prepare(sql);
    if (!statement.reader || !statement.readonly) {
      throw new StoreError(`Expected a statement that only reads (SELECT, WITH, EXPLAIN), got: ${sql}`);
    }
    const columns = statement.columns().map(({ name }) => name);
    const rows: unknown[][] = [];
    for (const row of statement.raw(true).iterate()) {
      if (rows.length === limit) return { columns, rows, cut: true };
      rows.push(row as unknown[]);
    }
    return { columns, rows, cut: false };
  } catch (error) {
    if (!isAboutTheStatement(error)) throw error;
    throw new StoreError(
      `The ledger cannot answer: ${error.message}. espalier data names its tables and columns.`,
      { cause: error },
    );
  }
}

/** SQLITE_ERROR is bad SQL; every other code is about the file or the machine. */
function isAboutTheStatement(error: unknown): error is Error {
  if (error instanceof SqliteDatabase.SqliteError) return error.code === "SQLITE_ERROR";
  // better-sqlite3 of names without a value, and of several statements.
  return error instanceof RangeError || error instanceof TypeError;
}
