import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { Field, makeData, RecordBatch, RecordBatchReader, Schema, Struct } from "apache-arrow";
import { StoreError } from "../../errors.js";
import { type Rows, writeBatches } from "./batch-file.js";
import type { Column } from "./columns.js";
import type { WrittenFile } from "./rows.js";
import { CURE } from "./verify-file.js";

// biome-ignore lint/suspicious/noExplicitAny: a table mixes columns of every value type.
export type Columns = Readonly<Record<string, Column<any>>>;
export type RowOf<Table extends Columns> = {
  readonly [Name in keyof Table]: Table[Name] extends Column<infer Value> ? Value : never;
};

/**
 * Streams rows into an Arrow IPC stream whose schema carries the Hugging Face features, `batchRows` rows in memory
 * at a time. The file appears whole or not at all. Throws StoreError when a row does not fit its columns.
 */
export async function writeTable<Table extends Columns>(
  file: string,
  columns: Table,
  rows: Rows<RowOf<Table>>,
  batchRows: number,
): Promise<WrittenFile> {
  const schema = schemaOf(columns);
  const batchOf = (batch: readonly RowOf<Table>[]) => recordBatch(schema, columns, batch, file);
  return writeBatches(file, rows, { size: batchRows, batchOf, schema });
}

/**
 * Streams the rows of a file written by `writeTable`, a record batch in memory at a time; of `wanted` only those numbers.
 * Throws StoreError when the file is missing, cut short, no Arrow stream, or has other columns.
 */
export async function* readTable<Table extends Columns>(
  file: string,
  columns: Table,
  wanted?: ReadonlySet<number>,
): AsyncGenerator<RowOf<Table>> {
  await requireWholeStream(file);
  const input = createReadStream(file);
  try {
    const reader = await RecordBatchReader.from(input);
    await reader.open();
    requireColumns(file, reader.schema, columns);
    let first = 0;
    for await (const batch of reader) {
      yield* rowsOf(batch, columns, (row) => wanted?.has(first + row) ?? true);
      first += batch.numRows;
    }
  } catch (error) {
    if (error instanceof StoreError) throw error;
    throw new StoreError(`${file} cannot be read as an Arrow stream: ${(error as Error).message}. ${CURE}`, {
      cause: error,
    });
  } finally {
    input.destroy();
  }
}

function schemaOf(columns: Columns): Schema {
  const fields = Object.entries(columns).map(([name, column]) => new Field(name, column.type, true));
  const features = Object.fromEntries(
    Object.entries(columns).map(([name, column]) => [name, column.feature]),
  );
  return new Schema(fields, new Map([["huggingface", JSON.stringify({ info: { features } })]]));
}

function recordBatch(
  schema: Schema,
  columns: Columns,
  rows: readonly RowOf<Columns>[],
  file: string,
): RecordBatch {
  try {
    const children = Object.entries(columns).map(([name, column]) =>
      column.toData(
        rows.map((row) => row[name]),
        name,
      ),
    );
    const type = new Struct(schema.fields);
    return new RecordBatch(schema, makeData({ type, length: rows.length, nullCount: 0, children }));
  } catch (error) {
    throw new StoreError(`A row does not fit ${file}: ${(error as Error).message}.`, { cause: error });
  }
}

function* rowsOf<Table extends Columns>(
  batch: RecordBatch,
  columns: Table,
  isWanted: (row: number) => boolean,
): Generator<RowOf<Table>> {
  const vectors = Object.entries(columns).map(([name, column]) => ({
    name,
    column,
    vector: batch.getChild(name),
  }));
  for (let index = 0; index < batch.numRows; index++) {
    if (!isWanted(index)) continue;
    const entries = vectors.map(({ name, column, vector }) => [name, column.fromArrow(vector?.get(index))]);
    yield Object.fromEntries(entries) as RowOf<Table>;
  }
}

/** An Arrow stream ends with a marker; a reader would take a file cut between two batches for a shorter one. */
async function requireWholeStream(file: string): Promise<void> {
  const handle = await open(file, "r").catch((error: NodeJS.ErrnoException) => {
    throw new StoreError(`${file} cannot be opened (${error.code}): expected an Arrow file. ${CURE}`, {
      cause: error,
    });
  });
  try {
    const { size } = await handle.stat();
    const end = Buffer.alloc(8);
    if (size >= end.length) await handle.read(end, 0, end.length, size - end.length);
    if (end.equals(END_OF_STREAM)) return;
    throw new StoreError(
      `${file} (${size} bytes) is cut short or no Arrow stream: expected it to end with the end-of-stream marker. ${CURE}`,
    );
  } finally {
    await handle.close();
  }
}

/** Continuation marker and a message length of 0 (Arrow columnar format, "IPC streaming format"). */
const END_OF_STREAM = Buffer.from([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]);

function requireColumns(file: string, schema: Schema, columns: Columns): void {
  for (const [name, column] of Object.entries(columns)) {
    const field = schema.fields.find((candidate) => candidate.name === name);
    if (field !== undefined && column.matches(field.type)) continue;
    throw new StoreError(
      `${file} is another kind of Arrow file: expected column "${name}" of type ${column.type}, ` +
        `got ${field === undefined ? `columns ${schema.names.join(", ") || "none"}` : String(field.type)}.`,
    );
  }
}
