import type { PairFileRow } from "../../../adapters/arrow/index.js";
import { imageEnding } from "../../../adapters/images/index.js";
import { type ParquetRow, writeParquet } from "../../../adapters/parquet/index.js";
import { isTie } from "./house-rows.js";

const COLUMNS = { prompt: "text", chosen: "image", rejected: "image" } as const;

export async function writeTrl(out: string, pairs: AsyncIterable<PairFileRow>): Promise<void> {
  await writeParquet(out, COLUMNS, toRows(pairs));
}

async function* toRows(pairs: AsyncIterable<PairFileRow>): AsyncGenerator<ParquetRow> {
  for await (const pair of pairs) {
    const { prompt, chosen, rejected } = pair;
    const [better, worse] = [chosen, rejected].map(({ id, png }) => ({
      bytes: png,
      path: `${id}.${imageEnding(png)}`,
    }));
    if (!isTie(pair)) yield { prompt, chosen: better ?? null, rejected: worse ?? null };
  }
}
