import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import SqliteDatabase from "better-sqlite3";

/** What a ledger holds: a hash of the rows of each table, by its name. */
export type LedgerDump = ReadonlyMap<string, string>;

/** Tables that say who writes now, and nothing of what was made. */
const PASSING = ["lease"];
/** Columns that two equal runs need not share: times, and what they cost. */
const UNEQUAL = [
  ...["created_at", "updated_at", "started_at", "ended_at", "committed_at", "failed_at", "said_at", "at"],
  ...["seconds", "units", "bytes", "milliseconds", "record", "rowid"],
];

/** Dumps the ledger of a workspace; of a file that is no ledger, the hash of its bytes; of none, nothing. */
export function dumpLedger(workspace: string, without: readonly string[] = []): LedgerDump {
  const file = join(workspace, "espalier.db");
  if (!existsSync(file) || !statSync(file).isFile()) return new Map();
  let sqlite: SqliteDatabase.Database | undefined;
  try {
    sqlite = new SqliteDatabase(file, { readonly: true });
    const tables = sqlite
      .prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
      .pluck()
      .all() as string[];
    return new Map(tables.filter(isLasting).map((name) => [name, hashOf(rowsOf(sqlite, name, without))]));
  } catch {
    return new Map([["bytes", hashOf([readFileSync(file)])]]);
  } finally {
    sqlite?.close();
  }
}

/** The dump without what two equal runs need not share. */
export function essenceOfLedger(workspace: string): LedgerDump {
  return dumpLedger(workspace, UNEQUAL);
}

/** Names of the tables that differ. */
export function changedTables(before: LedgerDump, after: LedgerDump): string[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].filter((name) => before.get(name) !== after.get(name));
}

function isLasting(table: string): boolean {
  return !PASSING.includes(table) && !table.startsWith("sqlite_");
}

/** Sorted, because not every table has an order of its own. */
function rowsOf(
  sqlite: SqliteDatabase.Database | undefined,
  table: string,
  without: readonly string[],
): string[] {
  const rows = sqlite?.prepare(`SELECT * FROM "${table}"`).all() ?? [];
  const kept = (row: unknown) =>
    Object.entries(row as object).filter(([column]) => !without.includes(column));
  return rows.map((row) => JSON.stringify(kept(row))).sort();
}

function hashOf(parts: Iterable<string | Uint8Array>): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex").slice(0, 16);
}
