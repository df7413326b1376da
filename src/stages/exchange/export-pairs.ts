import { existsSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import {
  type AnyPairRow,
  knownFile,
  type PairShape,
  readAnyPairs,
  shapeOfPair,
} from "../../adapters/arrow/index.js";
import { makeFolder } from "../../adapters/make-folder.js";
import type { ShardRow, StageRow, Store } from "../../adapters/store/index.js";
import { endingOf, type FormatName, lostIn } from "../../config/formats.js";
import { ConfigError, StoreError } from "../../errors.js";
import { pictureBytes } from "../../pictures/picture-bytes.js";
import { FORMATS } from "./formats.js";
import { isTie } from "./layouts/house-rows.js";

export interface ExportResult {
  readonly out: string;
  readonly format: FormatName;
  readonly pairs: number;
  readonly ties: number;
  /** What the pairs have that the format has no place for. */
  readonly lost: readonly string[];
}

/**
 * Streams pair sets (and sets of ties) into a file or folder of another format. It appears whole or not at all.
 * Throws ConfigError when `out` is there already, StoreError when a shard is damaged.
 */
export async function exportPairs(
  store: Store,
  params: { readonly stages: readonly StageRow[]; readonly format: FormatName; readonly out: string },
): Promise<ExportResult> {
  const { stages, format } = params;
  const out = resolve(params.out);
  if (existsSync(out))
    throw new ConfigError(`${out} is there already and is not overwritten. Name another place with --out.`);
  const ending = endingOf(format);
  if (!out.endsWith(ending)) {
    throw new ConfigError(
      `Expected --out to end in ${ending}, by which readers know the layout, got "${params.out}". Name ${params.out}${ending}.`,
    );
  }
  const shards = stages.flatMap(({ id }) => store.shards.list(id)).filter(({ file }) => file !== null);
  const count = { pairs: 0, ties: 0 };
  const shape = await shapeOf(store, shards);
  const partial = join(dirname(out), `.${basename(out)}.partial`);
  rmSync(partial, { recursive: true, force: true });
  makeFolder(dirname(out));
  try {
    await FORMATS[format].write(partial, counted(rowsOf(store, shards), count), shape);
    renameSync(partial, out);
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    throw error;
  }
  return { out, format, ...count, lost: lostIn(format, "pictures" in shape ? "pictures" : "grids") };
}

async function* rowsOf(store: Store, shards: readonly ShardRow[]): AsyncGenerator<AnyPairRow> {
  for (const { file, sha256 } of shards) {
    const path = await knownFile(store.workspace.root, { file: file as string, sha256 });
    yield* readAnyPairs(path, pictureBytes(store));
  }
}

async function* counted(rows: AsyncIterable<AnyPairRow>, count: { pairs: number; ties: number }) {
  for await (const row of rows) {
    count[isTie(row) ? "ties" : "pairs"] += 1;
    yield row;
  }
}

async function shapeOf(store: Store, shards: readonly ShardRow[]): Promise<PairShape> {
  for await (const row of rowsOf(store, shards.slice(0, 1))) {
    const shape = shapeOfPair(row);
    // Whoever is given the file has the pictures nowhere else.
    return "pictures" in shape ? { pictures: "held" } : shape;
  }
  throw new StoreError(
    "Expected pair sets with at least one pair to export, got none. Mine another: espalier pair CANDIDATES says why prompts gave no pair.",
  );
}
