import {
  type AsyncBuffer,
  asyncBufferFromFile,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
} from "hyparquet";
import { StoreError } from "../../errors.js";
import { PARQUET_CODECS } from "../decompress.js";
import { exactNumber } from "../exact-numbers.js";
import { metadataFault } from "./check-metadata.js";

/** Bytes of a row group in memory at a time; a larger one is read in parts. */
const PART_BYTES = 2 ** 28;

/**
 * Streams the rows of a Parquet file as plain objects, of `columns` alone, those that it has: text as strings, whole numbers
 * as numbers, binary as bytes. Throws StoreError when the file is damaged.
 */
export async function* readParquet(
  file: string,
  columns: readonly string[],
): AsyncGenerator<Readonly<Record<string, unknown>>> {
  const source = await asyncBufferFromFile(file);
  const metadata = await metadataOf(file, source);
  const names = namesOf(metadata).filter((name) => columns.includes(name));
  for (const { rowStart, rowEnd } of partsOf(metadata, names)) {
    const options = { file: source, metadata, rowStart, rowEnd, columns: names, utf8: false };
    const rows = await explained(file, () =>
      parquetReadObjects({ ...options, compressors: PARQUET_CODECS, useOffsetIndex: true }),
    );
    if (rows.length !== rowEnd - rowStart) throw damaged(file, `it ends after row ${rowStart + rows.length}`);
    for (const row of rows)
      yield Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, plain(cell)]));
  }
}

/** The columns of a Parquet file. Throws StoreError when it is damaged. */
export async function parquetColumns(file: string): Promise<string[]> {
  return namesOf(await metadataOf(file, await asyncBufferFromFile(file)));
}

async function metadataOf(file: string, source: AsyncBuffer): Promise<FileMetaData> {
  return explained(file, async () => {
    const metadata = await parquetMetadataAsync(source);
    const fault = metadataFault(metadata, source.byteLength);
    if (fault !== undefined) throw new Error(fault);
    return metadata;
  });
}

function namesOf(metadata: FileMetaData): string[] {
  return parquetSchema(metadata).children.map(({ element }) => element.name);
}

/** Ranges of rows, each within a row group and of some PART_BYTES in the columns read. */
function* partsOf(
  { row_groups }: FileMetaData,
  names: readonly string[],
): Generator<{ rowStart: number; rowEnd: number }> {
  let rowStart = 0;
  for (const { num_rows, columns } of row_groups) {
    const bytes = columns
      .filter(({ meta_data }) => names.includes(meta_data?.path_in_schema[0] ?? ""))
      .reduce((sum, { meta_data }) => sum + Number(meta_data?.total_uncompressed_size ?? 0), 0);
    const end = rowStart + Number(num_rows);
    const step = Math.ceil(Number(num_rows) / Math.max(1, Math.ceil(bytes / PART_BYTES)));
    for (; rowStart < end; rowStart = Math.min(end, rowStart + step))
      yield { rowStart, rowEnd: Math.min(end, rowStart + step) };
  }
}

async function explained<Result>(file: string, read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (error) {
    const { message } = error as Error;
    const codec = /unsupported compression codec: (\w+)/.exec(message)?.[1];
    if (codec === undefined) throw damaged(file, message, error);
    throw new StoreError(
      `${file} is compressed with ${codec}, which is not read here. Write it again with another codec: ` +
        'compression="snappy" in pandas, Polars and pyarrow.',
      { cause: error },
    );
  }
}

function damaged(file: string, reason: string, cause?: unknown): StoreError {
  return new StoreError(
    `${file} cannot be read as Parquet: ${reason}. It is cut short or damaged; get it again.`,
    { cause },
  );
}

/** Whole numbers as numbers, however deep. */
function plain(cell: unknown): unknown {
  if (typeof cell === "bigint") return exactNumber(cell);
  if (Array.isArray(cell)) return cell.map(plain);
  if (typeof cell !== "object" || cell === null || Object.getPrototypeOf(cell) !== Object.prototype)
    return cell;
  return Object.fromEntries(Object.entries(cell).map(([name, inner]) => [name, plain(inner)]));
}
