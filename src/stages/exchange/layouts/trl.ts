import type { AnyPairRow } from "../../../adapters/arrow/index.js";
import { type ParquetRow, writeParquet } from "../../../adapters/parquet/index.js";
import { withoutTies } from "./house-rows.js";
import { imageCell } from "./image-cell.js";

const COLUMNS = { prompt: "text", chosen: "image", rejected: "image" } as const;

export async function writeTrl(out: string, pairs: AsyncIterable<AnyPairRow>): Promise<void> {
  await writeParquet(out, COLUMNS, toRows(withoutTies(pairs)));
}

async function* toRows(pairs: AsyncIterable<AnyPairRow>): AsyncGenerator<ParquetRow> {
  for await (const pair of pairs) {
    const { prompt, chosen, rejected } = pair;
    yield { prompt, chosen: await imageCell(chosen), rejected: await imageCell(rejected) };
  }
}
