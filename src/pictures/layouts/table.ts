import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { PictureError, StoreError } from "../../errors.js";
import type { Claim } from "../claim.js";
import { insideFolder } from "../folders.js";
import { claimsOf } from "../row-claims.js";
import { columnsOf, namesPictures, readTable } from "../rows.js";

const TABLE = /^([^.].*?)(-\d{5}-of-\d{5}|-?\d+(?=\.tar$))?\.(jsonl|ndjson|json|csv|tsv|parquet|arrow|tar)$/;

/** A table that names pictures: a file, or the only one of a folder, in one piece or in shards; paths are relative to its folder. */
export async function* tableClaims(place: string): AsyncGenerator<Claim> {
  if (!statSync(place).isDirectory()) return yield* rowsClaims(place, basename(place));
  const sets = await tablesIn(place);
  const [only, another] = sets.values();
  if (only === undefined || another !== undefined)
    throw new PictureError(
      `${place}: expected one table with columns of pictures and prompts, got ${[...sets.keys()].join(", ") || "none"}. Name the file itself.`,
    );
  for (const path of only) yield* rowsClaims(insideFolder(place, path, path), path);
}

/** Of a table in a file, under the name by which it is told. */
export async function* rowsClaims(file: string, shown: string): AsyncGenerator<Claim> {
  const folder = dirname(resolve(file));
  for await (const { row, place } of readTable(file)) yield* claimsOf(row, `${shown}, ${place}`, folder);
}

/** Tables in a folder or its `data` that name pictures and prompts, by their name without the number of the shard. */
export async function tablesIn(root: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const sets = new Map<string, string[]>();
  for (const folder of ["", "data/"].filter((one) => isFolder(join(root, one)))) {
    for (const name of readdirSync(join(root, folder)).sort()) {
      const [, set, shard] = TABLE.exec(name) ?? [];
      const path = `${folder}${name}`;
      if (set === undefined || !(await isTable(insideFolder(root, path, path)))) continue;
      const key = shard === undefined ? path : `${folder}${set}`;
      sets.set(key, [...(sets.get(key) ?? []), path]);
    }
  }
  return sets;
}

/** What cannot be read as a table is none: settings of a program, for one, lie beside pictures as JSON. */
async function isTable(file: string): Promise<boolean> {
  try {
    return namesPictures(await columnsOf(file));
  } catch (error) {
    if (error instanceof PictureError || error instanceof StoreError) return false;
    throw error;
  }
}

function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}
