import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Ended } from "../command.js";
import type { Sandbox } from "../sandbox.js";

/** What a command gave, a value by its place: in what it said with --json, and in files called `out...`. */
export type Outcome = ReadonlyMap<string, string>;

export function outcomeOf({ out }: Ended, { here }: Sandbox): Outcome {
  return new Map([...said(out), ...written(here)]);
}

/** What both have in common: the rest is of times and folders. */
export function lasting(one: Outcome, other: Outcome): Outcome {
  return new Map([...one].filter(([place, value]) => other.get(place) === value));
}

/** Places of `expected` at which `found` has something else. */
export function differing(expected: Outcome, found: Outcome, heard: boolean): string[] {
  return [...expected]
    .filter(([place, value]) => (heard || place.startsWith("file ")) && found.get(place) !== value)
    .map(([place, value]) => `${place}: ${found.get(place) ?? "nothing"} instead of ${value}`);
}

function said(out: string): [string, string][] {
  try {
    return leaves("", JSON.parse(out));
  } catch {
    return [["all", out]];
  }
}

function leaves(place: string, value: unknown): [string, string][] {
  if (typeof value !== "object" || value === null) return [[place, String(value)]];
  return Object.entries(value).flatMap(([key, inner]) => leaves(`${place}/${key}`, inner));
}

function written(here: string): [string, string][] {
  const names = readdirSync(here, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.startsWith("out"),
  );
  return names
    .filter((name) => statSync(join(here, name)).isFile())
    .map((name) => [
      `file ${name}`,
      createHash("sha256")
        .update(readFileSync(join(here, name)))
        .digest("hex")
        .slice(0, 12),
    ]);
}
