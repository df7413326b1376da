import type { AnyPairRow, PairShape, PairSide } from "../../../adapters/arrow/index.js";
import { type ParquetColumns, type ParquetRow, writeParquet } from "../../../adapters/parquet/index.js";
import { imageCell } from "./image-cell.js";

const SIDES = ["chosen", "rejected"] as const;

/** The columns of the house's Arrow files, in kinds that Parquet has. */
const GRID_COLUMNS: ParquetColumns = {
  pair_id: "text",
  prompt: "text",
  chosen: "image",
  rejected: "image",
  tag: "text",
  margin: "number",
  text: "integers",
  ...columnsOf("chosen", { tokens: "integers", committed_at: "integers" }),
  ...columnsOf("rejected", { tokens: "integers", committed_at: "integers" }),
};

const { text: _text, ...PLAIN_COLUMNS } = GRID_COLUMNS;
const PICTURE_COLUMNS: ParquetColumns = {
  ...Object.fromEntries(
    Object.entries(PLAIN_COLUMNS).filter(([name]) => !/_(tokens|committed_at)$/.test(name)),
  ),
  ...columnsOf("chosen", { sha256: "text", metadata: "text" }),
  ...columnsOf("rejected", { sha256: "text", metadata: "text" }),
};

function columnsOf(side: string, own: ParquetColumns): ParquetColumns {
  const columns: ParquetColumns = { id: "text", score: "number", seed: "integer", ...own };
  return Object.fromEntries(Object.entries(columns).map(([name, kind]) => [`${side}_${name}`, kind]));
}

export async function writeHouseParquet(
  out: string,
  pairs: AsyncIterable<AnyPairRow>,
  shape: PairShape,
): Promise<void> {
  await writeParquet(out, "tokens" in shape ? GRID_COLUMNS : PICTURE_COLUMNS, toRows(pairs));
}

async function* toRows(pairs: AsyncIterable<AnyPairRow>): AsyncGenerator<ParquetRow> {
  for await (const { id, prompt, tag, text, margin, ...sides } of pairs) {
    const [chosen, rejected] = [await cellsOf("chosen", sides), await cellsOf("rejected", sides)];
    yield { pair_id: id, prompt, tag, text, margin, ...chosen, ...rejected };
  }
}

async function cellsOf(
  name: (typeof SIDES)[number],
  sides: Pick<AnyPairRow, "chosen" | "rejected">,
): Promise<ParquetRow> {
  const side = sides[name];
  const own = Object.entries({ id: side.id, score: side.score, seed: side.seed, ...ownCells(side) });
  const cells = Object.fromEntries(own.map(([column, cell]) => [`${name}_${column}`, cell]));
  return { [name]: await imageCell(side), ...cells };
}

function ownCells(side: PairSide): ParquetRow {
  if (side.picture === undefined) return { tokens: side.tokens, committed_at: side.committedAt };
  return { sha256: side.picture.sha256, metadata: JSON.stringify(side.metadata) };
}
