import { createHash } from "node:crypto";
import type { Prompt } from "../records/prompt.js";

/** Lower-case hex sha256 of a JSON value, whatever the order of its keys. */
export function hashOf(value: unknown): string {
  return createHash("sha256")
    .update(JSON.stringify(sorted(value)))
    .digest("hex");
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}

/** Hash of a set of prompts in their order: sha256 over their ids. */
export function promptSetHash(prompts: readonly Prompt[]): string {
  return hashOf(prompts.map(({ id }) => id));
}
