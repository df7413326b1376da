import { ByteWriter, type ColumnSource, ParquetWriter } from "hyparquet-writer";
import { batchesOf } from "../../records/batches-of.js";
import { type AtomicFile, openAtomicFile } from "../atomic-file.js";
import { featuresOf, type ParquetColumns, type ParquetRow, schemaOf, writable } from "./columns.js";

/** Rows of a row group: what is in memory at a time, and what a viewer loads for its first page. */
const GROUP_ROWS = 256;

/**
 * Streams rows into a Parquet file (Snappy) whose metadata carries the Hugging Face features. The file appears whole or
 * not at all. Returns the rows written.
 */
export async function writeParquet(
  file: string,
  columns: ParquetColumns,
  rows: AsyncIterable<ParquetRow>,
): Promise<number> {
  const output = openAtomicFile(file);
  try {
    const huggingface = JSON.stringify({ info: { features: featuresOf(columns) } });
    const writer = new ParquetWriter({
      writer: new FileWriter(output),
      schema: schemaOf(columns),
      kvMetadata: [{ key: "huggingface", value: huggingface }],
      createdBy: "espalier",
    });
    const written = await writeGroups(writer, columns, rows);
    await writer.finish();
    output.commit();
    return written;
  } catch (error) {
    output.discard();
    throw error;
  }
}

async function writeGroups(
  writer: ParquetWriter,
  columns: ParquetColumns,
  rows: AsyncIterable<ParquetRow>,
): Promise<number> {
  let written = 0;
  for await (const group of batchesOf(rows, GROUP_ROWS)) {
    const columnData = Object.entries(columns).map(
      ([name, kind]) =>
        ({
          name,
          data: writable(
            kind,
            group.map((row) => row[name]),
          ),
        }) as ColumnSource,
    );
    await writer.write({ columnData, rowGroupSize: GROUP_ROWS });
    written += group.length;
  }
  return written;
}

/** Hands each row group to the file, so that the buffer never holds more than one. */
class FileWriter extends ByteWriter {
  constructor(private readonly output: AtomicFile) {
    super();
  }

  flush(): void {
    this.output.write(this.getBytes());
    this.index = 0;
  }

  override finish(): void {
    this.flush();
  }
}
