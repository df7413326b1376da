import type { PairFileRow, PairSide } from "../../../adapters/arrow/index.js";
import { imageEnding } from "../../../adapters/images/index.js";
import { type ParquetColumns, type ParquetRow, writeParquet } from "../../../adapters/parquet/index.js";

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
    [name]: { bytes: png, path: `${id}.${imageEnding(png)}` },
    [`${name}_id`]: id,
    [`${name}_score`]: score,
    [`${name}_seed`]: seed,
    [`${name}_tokens`]: tokens,
    [`${name}_committed_at`]: committedAt,
  };
}
