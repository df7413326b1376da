import type { PairFileRow, PairSide } from "../../adapters/arrow/index.js";
import {
  type ParquetColumns,
  type ParquetRow,
  readParquet,
  writeParquet,
} from "../../adapters/parquet/index.js";
import type { BroughtImage, Preference } from "../../records/preference.js";
import { Cells, idInPath } from "./cells.js";

const COLUMNS: ParquetColumns = {
  prompt: "text",
  img_win: "image",
  img_lose: "image",
  win_score: "number",
  lose_score: "number",
  win_seed: "integer",
  lose_seed: "integer",
};

export async function writeVerlOmni(out: string, pairs: AsyncIterable<PairFileRow>): Promise<void> {
  await writeParquet(out, COLUMNS, toRows(pairs));
}

async function* toRows(pairs: AsyncIterable<PairFileRow>): AsyncGenerator<ParquetRow> {
  for await (const { prompt, chosen, rejected } of pairs) {
    yield { prompt, ...cellsOf("win", chosen), ...cellsOf("lose", rejected) };
  }
}

function cellsOf(name: string, { id, png, score, seed }: PairSide): ParquetRow {
  return {
    [`img_${name}`]: { bytes: png, path: `${id}.png` },
    [`${name}_score`]: score,
    [`${name}_seed`]: seed,
  };
}

export async function* readVerlOmni(path: string): AsyncGenerator<Preference> {
  let number = 0;
  for await (const row of readParquet(path, ["prompt", "img_win", "img_lose"])) {
    const cells = new Cells(row, `${path}, row ${number++}`);
    const images = ["win", "lose"].map((name) => imageOf(cells, name));
    const [win, lose] = images.map(({ score }) => score);
    const tie = win !== undefined && win === lose;
    yield { prompt: cells.text("prompt"), images, ranks: tie ? [0, 0] : [0, 1], where: cells.where };
  }
}

function imageOf(cells: Cells, name: string): BroughtImage {
  const { bytes, path } = cells.image(`img_${name}`);
  return {
    bytes,
    ...idInPath(path),
    ...(cells.has(`${name}_score`) ? { score: cells.number(`${name}_score`) } : {}),
    ...(cells.has(`${name}_seed`) ? { seed: cells.number(`${name}_seed`) } : {}),
  };
}
