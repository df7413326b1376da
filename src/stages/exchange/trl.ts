import type { PairFileRow } from "../../adapters/arrow/index.js";
import { type ParquetRow, readParquet, writeParquet } from "../../adapters/parquet/index.js";
import type { Preference } from "../../records/preference.js";
import { Cells, idInPath } from "./cells.js";
import { isTie } from "./house-rows.js";

const COLUMNS = { prompt: "text", chosen: "image", rejected: "image" } as const;

export async function writeTrl(out: string, pairs: AsyncIterable<PairFileRow>): Promise<void> {
  await writeParquet(out, COLUMNS, toRows(pairs));
}

async function* toRows(pairs: AsyncIterable<PairFileRow>): AsyncGenerator<ParquetRow> {
  for await (const pair of pairs) {
    const { prompt, chosen, rejected } = pair;
    const [better, worse] = [chosen, rejected].map(({ id, png }) => ({ bytes: png, path: `${id}.png` }));
    if (!isTie(pair)) yield { prompt, chosen: better ?? null, rejected: worse ?? null };
  }
}

export async function* readTrl(path: string): AsyncGenerator<Preference> {
  let number = 0;
  for await (const row of readParquet(path, ["prompt", "chosen", "rejected"])) {
    const cells = new Cells(row, `${path}, row ${number++}`);
    const images = ["chosen", "rejected"].map((column) => {
      const { bytes, path: name } = cells.image(column);
      return { bytes, ...idInPath(name) };
    });
    yield { prompt: cells.text("prompt"), images, ranks: [0, 1], where: cells.where };
  }
}
