import { existsSync } from "node:fs";
import {
  asyncBufferFromFile,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
} from "hyparquet";
import { StoreError } from "../../errors.js";

/** Rows in memory at a time. */
const CHUNK_ROWS = 256;

/**
 * Streams the rows of a Parquet file as plain objects: text as strings, whole numbers as numbers, binary as bytes.
 * Throws StoreError when the file is missing, damaged, or lacks one of the `required` columns.
 */
export async function* readParquet(
  file: string,
  required: readonly string[],
): AsyncGenerator<Readonly<Record<string, unknown>>> {
  if (!existsSync(file))
    throw new StoreError(`${file} does not exist: expected a Parquet file. Check its name.`);
  const source = await asyncBufferFromFile(file);
  const metadata = await explained(file, () => parquetMetadataAsync(source));
  requireColumns(file, metadata, required);
  const total = Number(metadata.num_rows);
  for (let rowStart = 0; rowStart < total; rowStart += CHUNK_ROWS) {
    const rowEnd = Math.min(total, rowStart + CHUNK_ROWS);
    const options = { file: source, metadata, rowStart, rowEnd, utf8: false };
    const rows = await explained(file, () => parquetReadObjects(options));
    if (rows.length !== rowEnd - rowStart) throw damaged(file, `it ends after row ${rowStart + rows.length}`);
    for (const row of rows)
      yield Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, plain(cell)]));
  }
}

/** The columns of a Parquet file. Throws StoreError when it is missing or damaged. */
export async function parquetColumns(file: string): Promise<string[]> {
  const source = await asyncBufferFromFile(file);
  return namesOf(await explained(file, () => parquetMetadataAsync(source)));
}

function namesOf(metadata: FileMetaData): string[] {
  return parquetSchema(metadata).children.map(({ element }) => element.name);
}

function requireColumns(file: string, metadata: FileMetaData, required: readonly string[]): void {
  const names = namesOf(metadata);
  const missing = required.filter((name) => !names.includes(name));
  if (missing.length === 0) return;
  throw new StoreError(
    `${file} has no column ${missing.join(", ")}: it has ${names.join(", ")}. Name the format it was written in with --format.`,
  );
}

async function explained<Result>(file: string, read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (error) {
    throw damaged(file, (error as Error).message, error);
  }
}

function damaged(file: string, reason: string, cause?: unknown): StoreError {
  return new StoreError(
    `${file} cannot be read as Parquet: ${reason}. It is cut short, damaged, or compressed in a way other than Snappy; get it again.`,
    { cause },
  );
}

function plain(cell: unknown): unknown {
  return typeof cell === "bigint" ? Number(cell) : cell;
}
