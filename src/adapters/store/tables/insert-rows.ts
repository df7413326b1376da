import { getTableColumns, getTableName, is, SQL } from "drizzle-orm";
import type { SQLiteColumn, SQLiteTable } from "drizzle-orm/sqlite-core";
import type { Ledger } from "../ledger.js";

/** What happens to a row whose key is there: an error, nothing, or the offered row takes its place. */
export type OnConflict = "refuse" | "ignore" | { readonly replaceBy: readonly SQLiteColumn[] };

/**
 * A function that inserts a row through one prepared statement: for the tables that grow by the million, where building a
 * statement for every few hundred rows takes longer than writing them. A column that a row lacks is null.
 */
export function inserter<Table extends SQLiteTable>(
  { sqlite }: Ledger,
  table: Table,
  onConflict: OnConflict,
): (row: Table["$inferInsert"]) => void {
  const columns = Object.entries(getTableColumns(table)) as [string, SQLiteColumn][];
  const names = columns.map(([, { name }]) => `"${name}"`);
  const sql =
    `INSERT INTO "${getTableName(table)}" (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})` +
    clause(onConflict, names);
  const statement = sqlite.prepare(sql);
  return (row) => {
    statement.run(
      columns.map(([key, column]) => {
        const value = (row as Record<string, unknown>)[key] ?? null;
        if (is(value, SQL)) throw new TypeError(`Expected a value for "${column.name}", got an expression.`);
        return value === null ? null : column.mapToDriverValue(value);
      }),
    );
  };
}

function clause(onConflict: OnConflict, names: readonly string[]): string {
  if (onConflict === "refuse") return "";
  if (onConflict === "ignore") return " ON CONFLICT DO NOTHING";
  const target = onConflict.replaceBy.map(({ name }) => `"${name}"`).join(", ");
  return ` ON CONFLICT (${target}) DO UPDATE SET ${names.map((name) => `${name} = excluded.${name}`).join(", ")}`;
}
