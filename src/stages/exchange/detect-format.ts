import { existsSync } from "node:fs";
import { join } from "node:path";
import { featuresOfPairs } from "../../adapters/arrow/index.js";
import type { FileKind } from "../../adapters/file-kind.js";
import { FORMAT_NAMES, type FormatName } from "../../config/formats.js";
import { StoreError } from "../../errors.js";
import { RANKINGS } from "./layouts/rankings.js";
import { layoutOf } from "./read-rows.js";
import { openRows } from "./row-source.js";

/** Columns by which a table's layout is known, the most particular ones first; null is the house's own. */
const TABLES: readonly (readonly [FormatName | null, readonly string[]])[] = [
  [null, ["prompt", "chosen", "rejected", "chosen_tokens", "rejected_tokens"]],
  [null, ["prompt", "chosen", "rejected", "chosen_sha256", "rejected_sha256"]],
  ["pick-a-pic", ["caption", "jpg_0", "jpg_1"]],
  ["webdataset", ["original_prompt.txt", "jpg_0.jpg", "jpg_1.jpg"]],
  ["verl-omni", ["prompt", "img_win", "img_lose"]],
  ["trl", ["prompt", "chosen", "rejected"]],
];

/** The layout of a file or folder of preferences, by its contents. Throws StoreError when it is none that is known. */
export async function detectFormat(path: string): Promise<FormatName> {
  const { kind, columns } = await openRows(path);
  if (kind === "json" || columns === null) return "jsonl";
  const found = TABLES.find(([, needed]) => needed.every((column) => columns.includes(column)));
  if (found !== undefined) return found[0] ?? ownFormat(path, kind);
  if (layoutOf(RANKINGS, columns) !== undefined) return "jsonl";
  const known = TABLES.map(([name, needed]) => `${needed.join(", ")}${name === null ? "" : ` (${name})`}`);
  throw new StoreError(
    `${path} is in no layout that is known: expected the columns ${known.join("; ")}, got ${columns.join(", ")}. ` +
      `Name one with --format: ${FORMAT_NAMES.join(", ")}.`,
  );
}

function ownFormat(path: string, kind: FileKind): FormatName {
  if (kind === "parquet") return "parquet";
  return existsSync(join(path, "state.json")) ? "save-to-disk" : "arrow";
}

/** What the layout of a file calls its columns. */
export async function columnsIn(path: string): Promise<readonly string[]> {
  return (await openRows(path)).columns ?? ["prompt", "chosen", "rejected", "images", "ranks"];
}

export const HOUSE_COLUMNS: readonly string[] = Object.keys(featuresOfPairs({ tokens: 0, text: 0 }));
