import type { Cursor, PageOf } from "../../adapters/store/index.js";
import { ConfigError } from "../../errors.js";

/** A cursor as it travels: one word that means nothing to whoever carries it. */
export function wordOf(cursor: Cursor | null): string | null {
  return cursor === null ? null : Buffer.from(JSON.stringify(cursor)).toString("base64url");
}

/** Throws ConfigError where the word is none that `wordOf` gave for such a list. */
export function cursorOf(word: string | undefined): Cursor | undefined {
  if (word === undefined) return undefined;
  try {
    const values: unknown = JSON.parse(Buffer.from(word, "base64url").toString("utf8"));
    const isValue = (value: unknown) => typeof value === "string" || typeof value === "number";
    if (Array.isArray(values) && values.length <= 3 && values.every(isValue)) return values as Cursor;
  } catch {
    // Said below.
  }
  throw new ConfigError("Expected `after` to be the `next` of the part before, got another word.");
}

/** A part of a list as it travels. */
export function partAnswer<Row>({ rows, next }: PageOf<Row>): { rows: Row[]; next: string | null } {
  return { rows: [...rows], next: wordOf(next) };
}
