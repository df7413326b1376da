import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

import type { PromptMetadata } from "../../src/records/prompt.js";

const folder = new URL("../golden/geneval/", import.meta.url);

/** Lines of a golden file, parsed. */
export function goldenLines<T>(name: string): T[] {
  const text = gunzipSync(readFileSync(new URL(`${name}.jsonl.gz`, folder))).toString("utf8");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as T);
}

export function goldenJson<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`${name}.json`, folder), "utf8")) as T;
}

/** The reference reads a missing `include` as an empty one. */
export type LooseMetadata = Omit<PromptMetadata, "include"> & Partial<Pick<PromptMetadata, "include">>;

/** [x1, y1, x2, y2, score]. */
export type ScoredBox = [number, number, number, number, number];

/** The reference joins a set of relations in any order; sorting them makes two spellings comparable. */
export function settleRelations(reason: string): string {
  return reason.replace(
    /found (left of|right of|above|below) and (left of|right of|above|below) target/g,
    (_, one: string, other: string) => `found ${[one, other].sort().join(" and ")} target`,
  );
}
