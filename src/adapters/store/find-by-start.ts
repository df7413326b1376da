import { and, gte, lt, type SQL } from "drizzle-orm";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";
import { StoreError } from "../../errors.js";

/**
 * Finds the one row whose hex id begins with `start`. `select` returns at most two rows under the condition, by id.
 * Throws StoreError when several ids begin so.
 */
export function findByStart<Row extends { readonly id: string }>(
  kind: string,
  start: string,
  column: SQLiteColumn,
  select: (condition: SQL | undefined) => Row[],
): Row | undefined {
  if (!/^[0-9a-f]+$/.test(start)) return undefined;
  // "g" follows every hexadecimal digit.
  const [first, second] = select(and(gte(column, start), lt(column, `${start}g`)));
  if (second !== undefined && first?.id !== start) {
    throw new StoreError(
      `Several ${kind} ids begin with ${start} (${first?.id}, ${second.id}, ...): expected one. Give more digits.`,
    );
  }
  return first;
}
