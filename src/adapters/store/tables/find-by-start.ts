import { and, gte, lt, type SQL } from "drizzle-orm";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";
import { StoreError } from "../../../errors.js";

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
  return onlyOne(kind, start, select(and(gte(column, start), lt(column, `${start}g`))));
}

/** The one of some rows, by id, that begin with `start`. Throws StoreError when there are several, unless one is it. */
export function onlyOne<Row extends { readonly id: string }>(
  kind: string,
  start: string,
  [first, second]: readonly Row[],
): Row | undefined {
  if (second === undefined || first?.id === start) return first;
  throw new StoreError(
    `Several ${kind} ids begin with ${start} (${first?.id} and ${second.id} are two of them): expected one. Give more digits.`,
  );
}
