import type { StageRow } from "../adapters/store/index.js";
import type { Report } from "./command.js";

/** What a finished stage says, and the words of the command that comes after it. */
export function stageReport({ id, name, summary, inputs }: StageRow, ...next: readonly string[]): Report {
  const facts = Object.entries(summary ?? {}).map(([key, value]) => `  ${key}: ${written(value)}`);
  const text = [`${name} ${id}`, ...facts].join("\n");
  return { data: { id, name, summary, inputs }, text, next: next.length > 0 ? [next] : [] };
}

function written(value: unknown): string {
  if (typeof value === "number" && !Number.isInteger(value)) return value.toFixed(3);
  if (Array.isArray(value)) return value.map(written).join(", ");
  if (typeof value !== "object" || value === null) return String(value);
  return Object.entries(value)
    .map(([key, inner]) => `${key} ${written(inner)}`)
    .join(", ");
}
