import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import {
  CompressionType,
  compressionRegistry,
  type RecordBatch,
  RecordBatchReader,
  Vector,
} from "apache-arrow";
import { StoreError } from "../../errors.js";
import { zstdFrame } from "../decompress.js";
import { exactNumber } from "../exact-numbers.js";
import { lz4Frame } from "../lz4.js";

compressionRegistry.set(CompressionType.LZ4_FRAME, { decode: lz4Frame });
compressionRegistry.set(CompressionType.ZSTD, { decode: zstdFrame });

/**
 * Streams the rows of an Arrow file that anyone wrote, stream or file format, as plain objects of `columns` alone, those
 * that it has: text as strings, whole numbers as numbers, binary as bytes, lists as arrays. A record batch is in memory at
 * a time. Throws StoreError when the file is damaged.
 */
export async function* readArrowRows(
  file: string,
  columns: readonly string[],
): AsyncGenerator<Readonly<Record<string, unknown>>> {
  for await (const batch of batchesOf(file)) {
    const names = batch.schema.names.map(String).filter((name) => columns.includes(name));
    const vectors = names.map((name) => [name, batch.getChild(name)] as const);
    for (let row = 0; row < batch.numRows; row++)
      yield Object.fromEntries(vectors.map(([name, vector]) => [name, plain(vector?.get(row))]));
  }
}

/** The columns of such a file. Throws StoreError when it is damaged. */
export async function arrowColumns(file: string): Promise<string[]> {
  return opened(file, async (reader) => reader.schema.names.map(String));
}

type Reader = Awaited<ReturnType<typeof openReader>>["reader"];

async function opened<Result>(file: string, look: (reader: Reader) => Promise<Result>): Promise<Result> {
  const { reader, close } = await explained(file, () => openReader(file));
  try {
    return await explained(file, () => look(reader));
  } finally {
    await close();
  }
}

async function* batchesOf(file: string): AsyncGenerator<RecordBatch> {
  const { reader, close } = await explained(file, () => openReader(file));
  const batches = reader[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { value, done } = await explained(file, () => batches.next());
      if (done === true) return;
      yield value;
    }
  } finally {
    await close();
  }
}

/** Arrow's file format is read from its footer, a stream from its start to the marker at its end. */
async function openReader(file: string) {
  const handle = await open(file, "r");
  const close = () => handle.close();
  try {
    const [start, end] = [Buffer.alloc(6), Buffer.alloc(8)];
    const { size } = await handle.stat();
    await handle.read(start, 0, start.length, 0);
    await handle.read(end, 0, end.length, Math.max(0, size - end.length));
    const isFile = start.equals(FILE_MAGIC);
    const isWhole = isFile ? end.subarray(2).equals(FILE_MAGIC) : end.equals(END_OF_STREAM);
    if (!isWhole) throw new RangeError(`it is cut short (${size} bytes)`);
    const reader = isFile
      ? await RecordBatchReader.from(handle)
      : await RecordBatchReader.from(createReadStream(file, { fd: handle, start: 0, autoClose: false }));
    await reader.open();
    return { reader, close };
  } catch (error) {
    await close();
    throw error;
  }
}

const FILE_MAGIC = Buffer.from("ARROW1");
/** Continuation marker and a message length of 0 (Arrow columnar format, "IPC streaming format"). */
const END_OF_STREAM = Buffer.from([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]);

async function explained<Result>(file: string, read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (cause) {
    throw new StoreError(
      `${file} cannot be read as Arrow: ${(cause as Error).message}. It is damaged or cut short; get or write it again.`,
      { cause },
    );
  }
}

function plain(cell: unknown): unknown {
  if (typeof cell === "bigint") return exactNumber(cell);
  // A view of the whole batch would keep it in memory.
  if (cell instanceof Uint8Array) return cell.slice();
  if (cell instanceof Vector) return Array.from(cell, plain);
  if (typeof cell !== "object" || cell === null) return cell;
  const entries = Object.entries((cell as { toJSON?(): object }).toJSON?.() ?? cell);
  return Object.fromEntries(entries.map(([name, inner]) => [name, plain(inner)]));
}
