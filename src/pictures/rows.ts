import { arrowColumns, readArrowRows } from "../adapters/arrow/index.js";
import { kindOf } from "../adapters/file-kind.js";
import { parquetColumns, readParquet } from "../adapters/parquet/index.js";
import { PROMPT_COLUMNS } from "../adapters/prompt-records.js";
import { readSampleRows } from "../adapters/tar/index.js";
import { delimitedRows, type Heading, headingOf, nameAmong } from "../adapters/text/delimited-rows.js";
import { type PlacedRow, readJsonRows } from "../adapters/text/json-rows.js";
import { begun, readText, TextFault } from "../adapters/text/text-file.js";
import { PictureError, StoreError } from "../errors.js";
import { cellOf } from "./metadata.js";

/** What a column of pictures is called, in any capitals, the first one there first. */
export const PICTURE_COLUMNS = [
  ...["file_name", "image", "images", "image_path", "img_path", "image_file", "picture"],
  ...["path", "file", "filename", "file_path", "filepath", "img", "png", "jpg", "jpeg", "webp"],
] as const;

/** The rows of a table, whatever it is kept in: JSON, CSV, TSV, Parquet, Arrow or WebDataset shards. Throws StoreError or PictureError with the place. */
export async function* readTable(file: string): AsyncGenerator<PlacedRow> {
  const kind = await kindOrText(file);
  if (kind === "json") yield* readJsonRows(file);
  else if (kind === "parquet") yield* numbered(readParquet(file, await parquetColumns(file)));
  else if (kind === "tar") yield* numbered(sampleRows(file));
  else if (kind === "arrow") yield* numbered(readArrowRows(file, await arrowColumns(file)));
  else yield* textRows(file);
}

/** The columns of a table, of its first row where each may have its own; none where it is no table. */
export async function columnsOf(file: string): Promise<readonly string[]> {
  const kind = await kindOrText(file);
  if (kind === "parquet") return parquetColumns(file);
  if (kind === "arrow") return arrowColumns(file);
  if (kind === "text") return (await headed(file)).heading.names;
  for await (const { row } of readTable(file)) return Object.keys(row);
  return [];
}

/** Rows of WebDataset shards: a picture, and its prompt in a text or in what JSON says of it. */
async function* sampleRows(file: string): AsyncGenerator<PlacedRow["row"]> {
  for await (const { __key__, json, txt, ...others } of readSampleRows(file))
    yield { ...others, ...(txt === undefined ? {} : { text: txt }), ...(json as object | undefined) };
}

export function namesPictures(columns: readonly string[]): boolean {
  return (
    nameAmong(columns, PICTURE_COLUMNS) !== undefined && nameAmong(columns, PROMPT_COLUMNS) !== undefined
  );
}

async function kindOrText(file: string) {
  try {
    return await kindOf(file);
  } catch (error) {
    if (error instanceof StoreError) return "text";
    throw error;
  }
}

async function* numbered(rows: AsyncIterable<PlacedRow["row"]>): AsyncGenerator<PlacedRow> {
  let number = 0;
  for await (const row of rows) yield { row, place: `row ${number++}` };
}

async function* textRows(file: string): AsyncGenerator<PlacedRow> {
  const { heading, text } = await headed(file);
  try {
    for await (const { line, cells } of delimitedRows(text, heading))
      yield {
        row: Object.fromEntries(cells.map((cell, at) => named(heading, cell, at))),
        place: `line ${line}`,
      };
  } catch (error) {
    if (!(error instanceof TextFault)) throw error;
    throw new PictureError(
      `${file}: ${error.message}. Put a text that holds the separator or quotes in double quotes.`,
      { cause: error },
    );
  }
}

function named({ names }: Heading, cell: string, at: number): [string, string | number] {
  const name = names[at] ?? "";
  const isText = [...PICTURE_COLUMNS, ...PROMPT_COLUMNS].some((known) => known === name.toLowerCase());
  return [name, isText ? cell : cellOf(cell)];
}

async function headed(file: string) {
  try {
    const { first, text } = await begun(readText(file));
    return { heading: headingOf(first), text };
  } catch (error) {
    if (!(error instanceof TextFault)) throw error;
    throw new PictureError(`${file}: ${error.message}.`, { cause: error });
  }
}
