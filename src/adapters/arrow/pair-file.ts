import type { PictureMetadata } from "../../records/picture.js";
import type { Rows } from "./batch-file.js";
import {
  type EncodedImage,
  imageColumn,
  numberColumn,
  optionalNumberColumn,
  textColumn,
  uint8ListColumn,
  uint16ListColumn,
  wordsColumn,
} from "./columns.js";
import { arrowColumns } from "./read-rows.js";
import {
  type AnyPairRow,
  encodedSide,
  type GridSide,
  type PairFileRow,
  type PairSide,
  type PictureBytes,
  type PictureSide,
  type WrittenFile,
} from "./rows.js";
import { type RowOf, readTable, writeTable } from "./table-file.js";

/** Pairs in memory at a time; two images each. */
const BATCH_ROWS = 128;

/**
 * What the images of a file of pairs are: token grids, with the lengths of the lists (image tokens of a side, word ids of a
 * prompt), or pictures, which are referred to where they lie, or held.
 */
export type PairShape =
  | { readonly tokens: number; readonly text: number; readonly wide?: boolean }
  | { readonly pictures: "referred" | "held" };

/** The shape of a file of rows like this one. */
export function shapeOfPair({ chosen, text }: AnyPairRow): PairShape {
  if (chosen.picture !== undefined) return { pictures: "referred" };
  return { tokens: chosen.tokens.length, text: text.length, wide: text instanceof Uint32Array };
}

/**
 * Streams pairs into an Arrow file that `datasets.Dataset.from_file` opens with decoded images; it appears whole or
 * not at all.
 */
export function writePairs(file: string, rows: Rows<AnyPairRow>, shape: PairShape): Promise<WrittenFile> {
  if ("tokens" in shape) return writeTable(file, gridColumns(shape), gridTable(rows), BATCH_ROWS);
  return writeTable(file, PICTURE_COLUMNS, pictureTable(rows, shape.pictures === "held"), BATCH_ROWS);
}

/** Streams a file of pairs of token grids. Throws StoreError when it is damaged or something else. */
export async function* readPairs(file: string): AsyncGenerator<PairFileRow> {
  for await (const row of readTable(file, gridColumns({ tokens: 0, text: 0 }))) yield gridRow(row);
}

/**
 * Streams a file of pairs, whatever their images are; the bytes of pictures that it refers to are read by `bytesOf` when they are
 * asked for. Throws StoreError when it is damaged or something else.
 */
export async function* readAnyPairs(file: string, bytesOf: PictureBytes): AsyncGenerator<AnyPairRow> {
  if (!(await arrowColumns(file)).includes("chosen_sha256")) return yield* readPairs(file);
  for await (const row of readTable(file, PICTURE_COLUMNS)) yield pictureRow(row, bytesOf);
}

/** What Hugging Face calls the columns of a pair file. */
export function featuresOfPairs(shape: PairShape): Record<string, object> {
  const columns = Object.entries("tokens" in shape ? gridColumns(shape) : PICTURE_COLUMNS);
  return Object.fromEntries(columns.map(([name, column]) => [name, column.feature]));
}

/** `shape`: lengths of the lists; they do not matter to a reader. */
function gridColumns(shape: Exclude<PairShape, { readonly pictures: unknown }>) {
  return {
    pair_id: textColumn(),
    prompt: textColumn(),
    tag: textColumn(),
    text: wordsColumn(shape.text, shape.wide),
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

const PICTURE_COLUMNS = {
  pair_id: textColumn(),
  prompt: textColumn(),
  tag: textColumn(),
  chosen_id: textColumn(),
  rejected_id: textColumn(),
  chosen_sha256: textColumn(),
  rejected_sha256: textColumn(),
  chosen_score: numberColumn("float64"),
  rejected_score: numberColumn("float64"),
  margin: numberColumn("float64"),
  chosen_seed: optionalNumberColumn(),
  rejected_seed: optionalNumberColumn(),
  /** JSON. */
  chosen_metadata: textColumn(),
  rejected_metadata: textColumn(),
  chosen: imageColumn(),
  rejected: imageColumn(),
} as const;

type Name = "chosen" | "rejected";
type GridRow = RowOf<ReturnType<typeof gridColumns>>;
type PictureRow = RowOf<typeof PICTURE_COLUMNS>;

async function* gridTable(rows: Rows<AnyPairRow>): AsyncGenerator<GridRow> {
  for await (const { id, prompt, tag, text, margin, chosen, rejected } of rows) {
    const sides = { ...gridCells("chosen", chosen), ...gridCells("rejected", rejected) };
    yield { pair_id: id, prompt, tag, text, margin, ...sides } as GridRow;
  }
}

function gridCells(name: Name, side: PairSide) {
  return {
    [`${name}_id`]: side.id,
    [`${name}_seed`]: side.seed,
    [`${name}_score`]: side.score,
    [`${name}_tokens`]: side.tokens,
    [`${name}_committed_at`]: side.committedAt,
    [name]: { bytes: side.png, path: `${side.id}.png` },
  };
}

function gridRow(row: GridRow): PairFileRow {
  const { pair_id: id, prompt, tag, text, margin } = row;
  return {
    id,
    prompt,
    tag,
    text,
    margin,
    chosen: gridSide("chosen", row),
    rejected: gridSide("rejected", row),
  };
}

function gridSide(name: Name, row: GridRow): GridSide {
  return {
    id: row[`${name}_id`],
    seed: row[`${name}_seed`],
    score: row[`${name}_score`],
    tokens: row[`${name}_tokens`],
    committedAt: row[`${name}_committed_at`],
    png: row[name].bytes as Uint8Array,
  };
}

async function* pictureTable(rows: Rows<AnyPairRow>, held: boolean): AsyncGenerator<PictureRow> {
  for await (const { id, prompt, tag, margin, chosen, rejected } of rows) {
    const sides = {
      ...(await pictureCells("chosen", chosen, held)),
      ...(await pictureCells("rejected", rejected, held)),
    };
    yield { pair_id: id, prompt, tag, margin, ...sides } as PictureRow;
  }
}

async function pictureCells(name: Name, side: PairSide, held: boolean) {
  const path = side.picture?.path ?? "";
  return {
    [`${name}_id`]: side.id,
    [`${name}_sha256`]: side.picture?.sha256,
    [`${name}_seed`]: side.seed,
    [`${name}_score`]: side.score,
    [`${name}_metadata`]: JSON.stringify(side.metadata ?? {}),
    // A path of this machine says nothing to whoever is given the file.
    [name]: held ? { bytes: await encodedSide(side), path: side.id } : { bytes: null, path },
  };
}

function pictureRow(row: PictureRow, bytesOf: PictureBytes): AnyPairRow {
  const { pair_id: id, prompt, tag, margin } = row;
  const sideOf = (name: Name) => pictureSide(name, row, bytesOf);
  return {
    id,
    prompt,
    tag,
    margin,
    text: new Uint16Array(),
    chosen: sideOf("chosen"),
    rejected: sideOf("rejected"),
  };
}

function pictureSide(name: Name, row: PictureRow, bytesOf: PictureBytes): PictureSide {
  const { bytes, path }: EncodedImage = row[name];
  const sha256 = row[`${name}_sha256`];
  return {
    id: row[`${name}_id`],
    seed: row[`${name}_seed`],
    score: row[`${name}_score`],
    picture: { sha256, path: bytes === null ? path : "" },
    metadata: JSON.parse(row[`${name}_metadata`]) as PictureMetadata,
    encoded: async () => bytes ?? bytesOf(sha256, path),
  };
}
