import { createHash } from "node:crypto";
import { appendFileSync, createReadStream, existsSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import { makeFolder } from "./make-folder.js";

/** What was finished of something that is not: values under keys, in a file that is written to with every one. */
export interface Journal {
  /** Undefined where nothing is kept. The value is the caller's own: what was kept under that key before. */
  find<Value>(key: string): Value | undefined;
  /** Values are JSON, lists of 8 and 16 bit integers among it. */
  keep(key: string, value: object): void;
}

/**
 * Reads what `file` keeps, if it is there, and appends to it. An entry is a line with its own hash: a line that a kill cut
 * short, or that was changed since, is left out as if it had never been kept.
 */
export async function openJournal(file: string): Promise<Journal> {
  const entries = existsSync(file) ? await readEntries(file) : new Map<string, unknown>();
  return {
    find: <Value>(key: string) => entries.get(key) as Value | undefined,
    keep: (key, value) => {
      const entry = JSON.stringify([key, value], packed);
      makeFolder(dirname(file));
      // The line break comes first: it sets a new entry apart from one that was cut short.
      appendFileSync(file, `\n${hashOf(entry)} ${entry}`);
    },
  };
}

/** Takes the file away once all that it keeps is elsewhere. */
export function removeJournal(file: string): void {
  rmSync(file, { force: true });
}

async function readEntries(file: string): Promise<Map<string, unknown>> {
  const entries = new Map<string, unknown>();
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    const [hash, entry] = [line.slice(0, HASH_DIGITS), line.slice(HASH_DIGITS + 1)];
    if (hash !== hashOf(entry)) continue;
    const [key, value] = JSON.parse(entry, unpacked) as [string, unknown];
    entries.set(key, value);
  }
  return entries;
}

const HASH_DIGITS = 64;

/** With a version: a program that keeps other things under the same keys does not take these up. */
function hashOf(entry: string): string {
  return createHash("sha256").update(`espalier journal 1\n${entry}`).digest("hex");
}

/** Lists of integers as base64 (little-endian): JSON would write each of them as an object. */
function packed(_key: string, value: unknown): unknown {
  if (!(value instanceof Uint8Array || value instanceof Uint16Array)) return value;
  const base64 = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64");
  return { [value instanceof Uint8Array ? "uint8" : "uint16"]: base64 };
}

function unpacked(_key: string, value: unknown): unknown {
  const { uint8, uint16 } = (value ?? {}) as Record<string, unknown>;
  if (typeof uint8 === "string") return new Uint8Array(Buffer.from(uint8, "base64"));
  if (typeof uint16 !== "string") return value;
  return new Uint16Array(new Uint8Array(Buffer.from(uint16, "base64")).buffer);
}
