import type { PairFileRow, PairSide } from "../../adapters/arrow/index.js";
import {
  type ParquetColumns,
  type ParquetRow,
  readParquet,
  writeParquet,
} from "../../adapters/parquet/index.js";
import type { BroughtImage, Preference } from "../../records/preference.js";
import { Cells, ourId } from "./cells.js";

const SIDES = ["chosen", "rejected"] as const;

/** The columns of the house's Arrow files, in kinds that Parquet has. */
const COLUMNS: ParquetColumns = {
  pair_id: "text",
  prompt: "text",
  chosen: "image",
  rejected: "image",
  tag: "text",
  margin: "number",
  text: "integers",
  ...columnsOf("chosen"),
  ...columnsOf("rejected"),
};

function columnsOf(side: string): ParquetColumns {
  return {
    [`${side}_id`]: "text",
    [`${side}_score`]: "number",
    [`${side}_seed`]: "integer",
    [`${side}_tokens`]: "integers",
    [`${side}_committed_at`]: "integers",
  };
}

export async function writeHouseParquet(out: string, pairs: AsyncIterable<PairFileRow>): Promise<void> {
  await writeParquet(out, COLUMNS, toRows(pairs));
}

async function* toRows(pairs: AsyncIterable<PairFileRow>): AsyncGenerator<ParquetRow> {
  for await (const { id, prompt, tag, text, margin, ...sides } of pairs) {
    yield {
      pair_id: id,
      prompt,
      tag,
      text,
      margin,
      ...cellsOf("chosen", sides),
      ...cellsOf("rejected", sides),
    };
  }
}

function cellsOf(name: (typeof SIDES)[number], sides: Pick<PairFileRow, "chosen" | "rejected">): ParquetRow {
  const { id, score, seed, tokens, committedAt, png }: PairSide = sides[name];
  return {
    [name]: { bytes: png, path: `${id}.png` },
    [`${name}_id`]: id,
    [`${name}_score`]: score,
    [`${name}_seed`]: seed,
    [`${name}_tokens`]: tokens,
    [`${name}_committed_at`]: committedAt,
  };
}

export async function* readHouseParquet(path: string): AsyncGenerator<Preference> {
  let number = 0;
  for await (const row of readParquet(path, ["prompt", "chosen_tokens", "rejected_tokens", ...SIDES])) {
    const cells = new Cells(row, `${path}, row ${number++}`);
    const images = SIDES.map((side) => imageOf(cells, side));
    const tie = images[0]?.score === images[1]?.score;
    yield { prompt: cells.text("prompt"), images, ranks: tie ? [0, 0] : [0, 1], where: cells.where };
  }
}

function imageOf(cells: Cells, side: string): BroughtImage {
  return {
    bytes: cells.image(side).bytes,
    ...ourId(cells.text(`${side}_id`)),
    score: cells.number(`${side}_score`),
    seed: cells.number(`${side}_seed`),
    tokens: Uint16Array.from(cells.integers(`${side}_tokens`, 2 ** 16 - 1)),
    committedAt: Uint8Array.from(cells.integers(`${side}_committed_at`, 255)),
  };
}
