import type { Rows } from "./batch-file.js";
import {
  type EncodedImage,
  imageColumn,
  numberColumn,
  textColumn,
  uint8ListColumn,
  uint16ListColumn,
} from "./columns.js";
import type { PairFileRow, PairSide, WrittenFile } from "./rows.js";
import { type RowOf, readTable, writeTable } from "./table-file.js";

/** Pairs in memory at a time; two images each. */
const BATCH_ROWS = 128;

/**
 * Streams pairs into an Arrow file that `datasets.Dataset.from_file` opens with decoded images; it appears whole or
 * not at all. `shape.tokens`: image tokens of a side; `shape.text`: word ids of a prompt.
 */
export function writePairs(
  file: string,
  rows: Rows<PairFileRow>,
  shape: { readonly tokens: number; readonly text: number },
): Promise<WrittenFile> {
  return writeTable(file, pairColumns(shape), toTable(rows), BATCH_ROWS);
}

/** Streams a file of pairs. Throws StoreError when it is damaged or something else. */
export async function* readPairs(file: string): AsyncGenerator<PairFileRow> {
  for await (const row of readTable(file, pairColumns({ tokens: 0, text: 0 }))) yield fromTable(row);
}

/** `shape`: lengths of the lists; they do not matter to a reader. */
function pairColumns(shape: { readonly tokens: number; readonly text: number }) {
  return {
    pair_id: textColumn(),
    prompt: textColumn(),
    tag: textColumn(),
    text: uint16ListColumn(shape.text),
    chosen_id: textColumn(),
    rejected_id: textColumn(),
    chosen_tokens: uint16ListColumn(shape.tokens),
    rejected_tokens: uint16ListColumn(shape.tokens),
    chosen_committed_at: uint8ListColumn(shape.tokens),
    rejected_committed_at: uint8ListColumn(shape.tokens),
    chosen_score: numberColumn("float64"),
    rejected_score: numberColumn("float64"),
    margin: numberColumn("float64"),
    chosen_seed: numberColumn("uint32"),
    rejected_seed: numberColumn("uint32"),
    chosen: imageColumn(),
    rejected: imageColumn(),
  } as const;
}

/** What Hugging Face calls the columns of a pair file. */
export function featuresOfPairs(shape: {
  readonly tokens: number;
  readonly text: number;
}): Record<string, object> {
  const columns = Object.entries(pairColumns(shape));
  return Object.fromEntries(columns.map(([name, column]) => [name, column.feature]));
}

type TableRow = RowOf<ReturnType<typeof pairColumns>>;

async function* toTable(rows: Rows<PairFileRow>): AsyncGenerator<TableRow> {
  for await (const { id, chosen, rejected, ...pair } of rows) {
    yield { ...pair, pair_id: id, ...columnsOf("chosen", chosen), ...columnsOf("rejected", rejected) };
  }
}

function fromTable(row: TableRow): PairFileRow {
  const { pair_id: id, prompt, tag, text, margin } = row;
  return { id, prompt, tag, text, margin, chosen: sideOf("chosen", row), rejected: sideOf("rejected", row) };
}

type SideColumns<Name extends string> = Record<`${Name}_id`, string> &
  Record<`${Name}_seed` | `${Name}_score`, number> &
  Record<`${Name}_tokens`, Uint16Array> &
  Record<`${Name}_committed_at`, Uint8Array> &
  Record<Name, EncodedImage>;

function columnsOf<Name extends "chosen" | "rejected">(name: Name, side: PairSide): SideColumns<Name> {
  return {
    [`${name}_id`]: side.id,
    [`${name}_seed`]: side.seed,
    [`${name}_score`]: side.score,
    [`${name}_tokens`]: side.tokens,
    [`${name}_committed_at`]: side.committedAt,
    [name]: { bytes: side.png, path: `${side.id}.png` },
  } as SideColumns<Name>;
}

function sideOf(name: "chosen" | "rejected", row: TableRow): PairSide {
  return {
    id: row[`${name}_id`],
    seed: row[`${name}_seed`],
    score: row[`${name}_score`],
    tokens: row[`${name}_tokens`],
    committedAt: row[`${name}_committed_at`],
    png: row[name].bytes,
  };
}
