import { written } from "./faults.js";

/** A setting that two configurations disagree on. */
export interface Difference {
  readonly at: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** Every leaf setting in which `after` departs from `before`, in the order of the schema. */
export function differencesOf(before: unknown, after: unknown): Difference[] {
  return compare(before, after, []);
}

function compare(before: unknown, after: unknown, path: readonly PropertyKey[]): Difference[] {
  if (!isObject(before) || !isObject(after) || Array.isArray(before) !== Array.isArray(after)) {
    return Object.is(before, after) ? [] : [{ at: written(path), before, after }];
  }
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys.flatMap((key) =>
    compare(before[key], after[key], [...path, Array.isArray(before) ? Number(key) : key]),
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
