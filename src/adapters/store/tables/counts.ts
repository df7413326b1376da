import { count, getTableName, is } from "drizzle-orm";
import { SQLiteTable } from "drizzle-orm/sqlite-core";
import type { Ledger } from "../ledger.js";
import * as schema from "../schema.js";

/** Rows of every table that keeps work, by its SQL name, in alphabetical order. */
export function tableCounts(ledger: Ledger): Record<string, number> {
  const tables = Object.values(schema).filter(
    (value) => is(value, SQLiteTable) && !HOUSEKEEPING.includes(value),
  );
  const counted = tables.map((table): [string, number] => {
    const row = ledger.orm.select({ rows: count() }).from(table).get();
    return [getTableName(table), row?.rows ?? 0];
  });
  return Object.fromEntries(counted.sort(([left], [right]) => (left < right ? -1 : 1)));
}

const HOUSEKEEPING: readonly unknown[] = [schema.lease, schema.removals, schema.scoreTallies];
