import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { featuresOfPairs } from "../../adapters/arrow/index.js";
import { parquetColumns } from "../../adapters/parquet/index.js";
import { FORMAT_NAMES, type FormatName } from "../../config/formats.js";
import { StoreError } from "../../errors.js";

/** Columns by which a Parquet layout is known, the most particular ones first. */
const PARQUET: readonly (readonly [FormatName, readonly string[]])[] = [
  ["parquet", ["chosen_tokens", "rejected_tokens"]],
  ["pick-a-pic", ["caption", "jpg_0", "jpg_1"]],
  ["verl-omni", ["img_win", "img_lose"]],
  ["trl", ["prompt", "chosen", "rejected"]],
];

/** The layout of a file or folder of preferences, by its name and columns. Throws StoreError when it is none that is known. */
export async function detectFormat(path: string): Promise<FormatName> {
  if (!existsSync(path)) {
    throw new StoreError(`${path} does not exist: expected a file or folder of preferences. Check its name.`);
  }
  if (statSync(path).isDirectory()) {
    if (existsSync(join(path, "state.json"))) return "save-to-disk";
    if (existsSync(join(path, "pairs.jsonl"))) return "jsonl";
    throw unknown(path, "a folder with state.json (save-to-disk) or pairs.jsonl (jsonl)", "neither");
  }
  if (path.endsWith(".arrow")) return "arrow";
  if (path.endsWith(".jsonl")) return "jsonl";
  if (!path.endsWith(".parquet"))
    throw unknown(path, "a name that ends in .arrow, .parquet or .jsonl", "another");
  const columns = await parquetColumns(path);
  const found = PARQUET.find(([, needed]) => needed.every((column) => columns.includes(column)));
  if (found !== undefined) return found[0];
  const known = PARQUET.map(([name, needed]) => `${needed.join(", ")} (${name})`);
  throw unknown(path, `the columns ${known.join("; ")}`, columns.join(", "));
}

/** What the layout of a file calls its columns. */
export async function columnsIn(path: string, format: FormatName): Promise<readonly string[]> {
  if (format === "jsonl") return ["prompt", "chosen", "rejected", "images", "ranks"];
  const isHouse = format === "arrow" || format === "save-to-disk";
  return isHouse ? HOUSE_COLUMNS : parquetColumns(path);
}

export const HOUSE_COLUMNS: readonly string[] = Object.keys(featuresOfPairs({ tokens: 0, text: 0 }));

function unknown(path: string, expected: string, got: string): StoreError {
  return new StoreError(
    `${path} is in no layout that is known: expected ${expected}, got ${got}. Name one with --format: ${FORMAT_NAMES.join(", ")}.`,
  );
}
