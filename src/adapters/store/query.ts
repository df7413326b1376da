import { existsSync } from "node:fs";
import SqliteDatabase from "better-sqlite3";
import { StoreError } from "../../errors.js";
import type { Workspace } from "../../paths.js";
import { connect } from "./ledger.js";

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
export function queryLedger({ database, root }: Workspace, sql: string, limit: number): QueryResult {
  if (!existsSync(database))
    throw new StoreError(`No workspace at ${root}: expected ${database}. Name another folder.`);
  const sqlite = connect(database, { readOnly: true });
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
    if (!(error instanceof SqliteDatabase.SqliteError) && !(error instanceof RangeError)) throw error;
    throw new StoreError(
      `The ledger cannot answer: ${error.message}. espalier data names its tables and columns.`,
      {
        cause: error,
      },
    );
  } finally {
    sqlite.close();
  }
}
