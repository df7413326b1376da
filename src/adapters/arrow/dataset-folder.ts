import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeFolder } from "../make-folder.js";
import { featuresOfPairs, type PairShape, writePairs } from "./pair-file.js";
import type { AnyPairRow } from "./rows.js";

/** Pairs of one file: some 40 megabytes of small images. */
const FILE_PAIRS = 4096;

/** Writes pairs as the folder that `datasets.load_from_disk` opens (datasets, arrow_dataset.py, save_to_disk). */
export async function writePairFolder(
  folder: string,
  rows: AsyncIterable<AnyPairRow>,
  shape: PairShape,
): Promise<number> {
  makeFolder(folder);
  const source = rows[Symbol.asyncIterator]();
  const written: { file: string; sha256: string; rows: number }[] = [];
  for (let last = await source.next(); last.done !== true; last = await source.next()) {
    const file = join(folder, `part-${written.length}`);
    written.push(await writePairs(file, upTo(FILE_PAIRS, last.value, source), shape));
  }
  const names = written.map((_, index) => `data-${digits(index)}-of-${digits(written.length)}.arrow`);
  for (const [index, { file }] of written.entries()) renameSync(file, join(folder, names[index] as string));
  writeDescription(folder, names, shape, written.at(0)?.sha256 ?? "empty");
  return written.reduce((sum, { rows }) => sum + rows, 0);
}

async function* upTo(count: number, first: AnyPairRow, source: AsyncIterator<AnyPairRow>) {
  yield first;
  for (let given = 1; given < count; given++) {
    const { value, done } = await source.next();
    if (done === true) return;
    yield value;
  }
}

function writeDescription(
  folder: string,
  names: readonly string[],
  shape: PairShape,
  fingerprint: string,
): void {
  const info = { citation: "", description: "", features: featuresOfPairs(shape), homepage: "", license: "" };
  const state = {
    _data_files: names.map((filename) => ({ filename })),
    _fingerprint: fingerprint.slice(0, 16),
    _format_columns: null,
    _format_kwargs: {},
    _format_type: null,
    _output_all_columns: false,
    _split: null,
  };
  writeFileSync(join(folder, "dataset_info.json"), `${JSON.stringify(info, null, 2)}\n`);
  writeFileSync(join(folder, "state.json"), `${JSON.stringify(state, null, 2)}\n`);
}

function digits(index: number): string {
  return String(index).padStart(5, "0");
}
