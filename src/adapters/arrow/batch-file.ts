import { AsyncByteQueue, type RecordBatch, RecordBatchStreamWriter, type Schema } from "apache-arrow";
import { batchesOf } from "../../records/batches-of.js";
import { type AtomicFile, openAtomicFile } from "../atomic-file.js";
import type { WrittenFile } from "./rows.js";

export type Rows<Row> = Iterable<Row> | AsyncIterable<Row>;

/**
 * Streams rows into an Arrow IPC stream, `size` rows in memory at a time; `batchOf` makes a record batch of them. Without
 * `schema` it is the first batch's. The file appears whole or not at all.
 */
export async function writeBatches<Row>(
  file: string,
  rows: Rows<Row>,
  {
    size,
    batchOf,
    schema,
  }: {
    readonly size: number;
    readonly batchOf: (rows: readonly Row[]) => RecordBatch;
    readonly schema?: Schema;
  },
): Promise<WrittenFile> {
  const output = openAtomicFile(file);
  let written = 0;
  try {
    const writer = new RecordBatchStreamWriter().reset(new FileQueue(output), schema);
    for await (const batch of batchesOf(rows, size)) {
      writer.write(batchOf(batch));
      written += batch.length;
    }
    writer.close();
  } catch (error) {
    output.discard();
    throw error;
  }
  return { file, sha256: output.commit(), rows: written };
}

/** Hands each piece to the file as it is made, instead of queueing it. */
class FileQueue extends AsyncByteQueue {
  constructor(private readonly output: AtomicFile) {
    super();
  }

  override write(value: Uint8Array): void {
    if (value.byteLength > 0) this.output.write(value);
  }
}
