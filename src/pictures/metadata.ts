import { nameAmong } from "../adapters/text/delimited-rows.js";
import { MOST } from "../config/limits.js";
import type { MetadataValue } from "../records/picture.js";
import type { Said } from "./claim.js";

/** What is said of a picture beside its prompt. A seed beyond MOST.seed, or that is no number, is among the rest; values of values are JSON. */
export function saidOf(prompt: string, fields: Readonly<Record<string, unknown>>): Said {
  const named = nameAmong(Object.keys(fields), ["seed"]);
  const seed = named === undefined ? undefined : seedOf(fields[named]);
  const metadata = Object.entries(fields)
    .filter(([name]) => seed === undefined || name !== named)
    .map(([name, value]) => [name, plainValue(value)] as const)
    .filter(([, value]) => value !== undefined) as [string, MetadataValue][];
  return { prompt, ...(seed === undefined ? {} : { seed }), metadata: Object.fromEntries(metadata) };
}

function seedOf(value: unknown): number | undefined {
  const number = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
  const fits = typeof number === "number" && Number.isInteger(number) && number >= 0 && number <= MOST.seed;
  return fits ? number : undefined;
}

/** Undefined for what says nothing, or is no text: the bytes of another picture. */
function plainValue(value: unknown): MetadataValue | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
  if (value instanceof Uint8Array || holdsBytes(value)) return undefined;
  return value instanceof Date ? value.toISOString() : JSON.stringify(value);
}

function holdsBytes(value: unknown): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    Object.values(value).some((one) => one instanceof Uint8Array)
  );
}

/** A cell of a table in text: a number where it is written as one writes numbers, so that it is written the same again. */
export function cellOf(text: string): string | number {
  const number = Number(text);
  return text !== "" && String(number) === text && Number.isFinite(number) ? number : text;
}
