import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { StoreError } from "../../errors.js";
import { resolveBrought } from "../../paths.js";
import { someOf } from "../../records/some-of.js";

const LINES = "pairs.jsonl";
const SHARDS = /^([^.].*?)(-\d{5}-of-\d{5}|-\d{6}(?=\.tar$))?\.(parquet|arrow|jsonl|tar)$/;

/**
 * The files of rows that a person means: the file itself; of a folder its `pairs.jsonl`, what save_to_disk wrote there, the
 * only split of a DatasetDict, or its only set of shards; or the shards that begin with `path`, as "data/train".
 * Throws StoreError naming what there is.
 */
export function filesOf(path: string): string[] {
  if (!existsSync(path)) return shardsNamed(path);
  if (!statSync(path).isDirectory()) return [path];
  if (existsSync(join(path, "dataset_dict.json"))) return filesOf(join(path, onlySplit(path)));
  if (existsSync(join(path, "state.json"))) return savedFiles(path);
  if (existsSync(join(path, LINES))) return [resolveBrought(path, LINES)];
  const folder = [path, join(path, "data")].find((one) => setsIn(one).size > 0) ?? path;
  const sets = setsIn(folder);
  const [only, another] = sets.values();
  if (only !== undefined && another === undefined) return only;
  const [expected, got, cure] =
    only === undefined
      ? [
          "one that save_to_disk wrote, or Parquet, Arrow, JSON lines or WebDataset shards in it",
          someOf(readdirSync(path), 8, `ls ${path}`) || "nothing",
          "Name another",
        ]
      : [
          "one set of rows",
          [...sets.keys()].join(", "),
          `Name one: ${join(folder, [...sets.keys()][0] ?? "")}`,
        ];
  throw new StoreError(
    `${path} holds no state.json, no dataset_dict.json and no ${LINES}: expected ${expected}, got ${got}. ${cure}.`,
  );
}

/** By what comes before the number of the shard. */
function setsIn(folder: string): Map<string, string[]> {
  const sets = new Map<string, string[]>();
  if (!existsSync(folder) || !statSync(folder).isDirectory()) return sets;
  for (const name of readdirSync(folder).sort()) {
    const found = SHARDS.exec(name);
    if (found === null) continue;
    const set = found[2] === undefined ? name : (found[1] as string);
    sets.set(set, [...(sets.get(set) ?? []), resolveBrought(folder, name)]);
  }
  return sets;
}

function shardsNamed(path: string): string[] {
  const found = setsIn(dirname(path)).get(basename(path));
  if (found !== undefined) return found;
  throw new StoreError(`${path} does not exist: expected a file or folder of preferences. Check its name.`);
}

function onlySplit(folder: string): string {
  const file = join(folder, "dataset_dict.json");
  const { splits } = described(file, '{"splits": [NAME]}', (one) => Array.isArray(one["splits"])) as {
    splits: unknown[];
  };
  const [only, another] = splits.map(String);
  if (only !== undefined && another === undefined) return basename(resolveBrought(folder, only));
  const named = splits.map((split) => join(folder, String(split)));
  throw new StoreError(
    `${folder} holds ${splits.length} splits: expected one. Name one: ${named.join(", ") || "there is none"}.`,
  );
}

function savedFiles(folder: string): string[] {
  const file = join(folder, "state.json");
  const state = described(file, '{"_data_files": [{"filename"}]}', (one) =>
    Array.isArray(one["_data_files"]),
  ) as { _data_files: { filename?: unknown }[] };
  const names = state._data_files.map((one) => String(one?.filename));
  if (names.length === 0) throw new StoreError(`${folder} holds no rows: ${file} names no file of data.`);
  return names.map((name) => {
    const found = resolveBrought(folder, name);
    if (existsSync(found)) return found;
    throw new StoreError(`${found} does not exist, but ${file} names it. Save the data set again.`);
  });
}

function described(
  file: string,
  expected: string,
  fits: (value: Record<string, unknown>) => boolean,
): Record<string, unknown> {
  let got = "something else";
  try {
    const value = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown> | null;
    if (typeof value === "object" && value !== null && fits(value)) return value;
  } catch (cause) {
    got = (cause as Error).message;
  }
  throw new StoreError(`${file} is damaged: expected ${expected}, got ${got}. Save the data set again.`);
}
