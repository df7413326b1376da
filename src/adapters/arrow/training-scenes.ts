import {
  type Data,
  Field,
  FixedSizeBinary,
  FixedSizeList,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Uint16,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import { writeBatches } from "./batch-file.js";

/** One scene as it is written: see the columns of `writeTrainingScenes`. */
export interface TrainingScene {
  readonly task: string;
  readonly pixels: Uint8Array;
  readonly text: Uint16Array;
  readonly wrongTexts: Uint16Array;
  readonly falsehoods: Uint16Array;
  readonly reasons: Uint16Array;
  readonly places: Uint16Array;
  readonly phrases: Uint16Array;
}

const BATCH_ROWS = 2000;

/**
 * Streams scenes into an Arrow IPC stream, BATCH_ROWS in memory at a time: pixels fixed_size_binary, task utf8, all else
 * fixed_size_list<uint16>. The schema says what the ids of `falsehoods` mean. The file appears whole or not at all. Returns the rows written.
 */
export async function writeTrainingScenes(
  rows: Iterable<TrainingScene>,
  file: string,
  falsehoods: readonly string[],
): Promise<number> {
  const batchOf = (batch: readonly TrainingScene[]) => recordBatch(batch, falsehoods);
  return (await writeBatches(file, rows, { size: BATCH_ROWS, batchOf })).rows;
}

function recordBatch(rows: readonly TrainingScene[], falsehoods: readonly string[]): RecordBatch {
  const columns: Record<string, Data> = {
    pixels: binaryColumn(rows.map((row) => row.pixels)),
    text: listColumn(rows.map((row) => row.text)),
    wrong_texts: listColumn(rows.map((row) => row.wrongTexts)),
    falsehoods: listColumn(rows.map((row) => row.falsehoods)),
    reasons: listColumn(rows.map((row) => row.reasons)),
    places: listColumn(rows.map((row) => row.places)),
    phrases: listColumn(rows.map((row) => row.phrases)),
    task: vectorFromArray(
      rows.map((row) => row.task),
      new Utf8(),
    ).data[0] as Data,
  };
  const fields = Object.entries(columns).map(([name, data]) => new Field(name, data.type, false));
  const struct = makeData({
    type: new Struct(fields),
    length: rows.length,
    nullCount: 0,
    children: Object.values(columns),
  });
  const metadata = new Map([["falsehoods", JSON.stringify(falsehoods)]]);
  return new RecordBatch(new Schema(fields, metadata), struct);
}

function binaryColumn(values: readonly Uint8Array[]): Data {
  const width = values[0]?.length ?? 0;
  const data = new Uint8Array(width * values.length);
  for (const [index, value] of values.entries()) data.set(value, index * width);
  return makeData({ type: new FixedSizeBinary(width), length: values.length, nullCount: 0, data });
}

function listColumn(values: readonly Uint16Array[]): Data {
  const width = values[0]?.length ?? 0;
  const data = new Uint16Array(width * values.length);
  for (const [index, value] of values.entries()) data.set(value, index * width);
  const item = new Uint16();
  const child = makeData({ type: item, length: data.length, nullCount: 0, data });
  const type = new FixedSizeList(width, new Field("item", item, false));
  return makeData({ type, length: values.length, nullCount: 0, child });
}
