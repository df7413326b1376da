import {
  Binary,
  type Data,
  DataType,
  Field,
  FixedSizeList,
  Float64,
  makeData,
  Struct,
  Uint8,
  Uint16,
  Uint32,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import type { WordIds } from "../../records/prompt.js";

/** A column: its Arrow type, what Hugging Face `datasets` calls it, and the way of a value in and out. */
export interface Column<Value> {
  readonly type: DataType;
  /** The entry in `info.features` of the schema's `huggingface` metadata. */
  readonly feature: object;
  /** Whether a file's column of this type can be read; lists match at any length. */
  matches(type: DataType): boolean;
  toData(values: readonly Value[], name: string): Data;
  /** From what a vector's `get` returns. */
  fromArrow(value: unknown): Value;
}

export function textColumn(): Column<string> {
  return {
    type: new Utf8(),
    feature: valueFeature("string"),
    matches: (type) => DataType.isUtf8(type),
    toData: (values) => onlyChunk(vectorFromArray(values, new Utf8())),
    fromArrow: (value) => value as string,
  };
}

type NumberType = "uint16" | "uint32" | "float64";

export function numberColumn(dtype: NumberType): Column<number> {
  const type = { uint16: new Uint16(), uint32: new Uint32(), float64: new Float64() }[dtype];
  const Values = { uint16: Uint16Array, uint32: Uint32Array, float64: Float64Array }[dtype];
  return {
    type,
    feature: valueFeature(dtype),
    matches: (other) => String(other) === String(type),
    toData: (values) =>
      makeData({ type, length: values.length, nullCount: 0, data: Values.from(values) } as never),
    fromArrow: (value) => value as number,
  };
}

/** A seed, or any other number from 0 to 2^32 - 1, where it is known. */
export function optionalNumberColumn(): Column<number | null> {
  const type = new Uint32();
  return {
    type,
    feature: valueFeature("uint32"),
    matches: (other) => String(other) === String(type),
    toData: (values) => onlyChunk(vectorFromArray(values, new Uint32())),
    fromArrow: (value) => value as number | null,
  };
}

/** Lists of exactly `length` bytes. */
export function uint8ListColumn(length: number): Column<Uint8Array> {
  return listColumn({ item: new Uint8(), dtype: "uint8", allocate: (size) => new Uint8Array(size) }, length);
}

/** Lists of exactly `length` 16-bit integers. */
export function uint16ListColumn(length: number): Column<Uint16Array> {
  return listColumn(
    { item: new Uint16(), dtype: "uint16", allocate: (size) => new Uint16Array(size) },
    length,
  );
}

/** Lists of exactly `length` ids of words, of 32 bits where they are `wide`; either is read. */
export function wordsColumn(length: number, wide = false): Column<WordIds> {
  const narrow = uint16ListColumn(length);
  const wider = listColumn<Uint32Array>(
    { item: new Uint32(), dtype: "uint32", allocate: (size) => new Uint32Array(size) },
    length,
  );
  return {
    ...(wide ? wider : narrow),
    matches: (type) => narrow.matches(type) || wider.matches(type),
    toData: (rows, name) =>
      wide ? wider.toData(rows as Uint32Array[], name) : narrow.toData(rows as Uint16Array[], name),
    fromArrow: (value) => (value as { toArray(): WordIds }).toArray().slice(),
  };
}

interface ItemKind<Values> {
  readonly item: DataType;
  readonly dtype: string;
  readonly allocate: (size: number) => Values;
}

/** `toData` throws RangeError when a value has another length. */
function listColumn<Values extends Uint8Array | WordIds>(
  { item, dtype, allocate }: ItemKind<Values>,
  length: number,
): Column<Values> {
  const type = new FixedSizeList(length, new Field("item", item, true));
  return {
    type,
    feature: { feature: valueFeature(dtype), length, _type: "Sequence" },
    matches: (other) => DataType.isFixedSizeList(other) && String(other.valueType) === String(item),
    toData: (rows, name) => {
      const data = allocate(length * rows.length);
      for (const [index, row] of rows.entries()) {
        if (row.length !== length) {
          throw new RangeError(
            `column "${name}": expected lists of ${length} values, got one of ${row.length}`,
          );
        }
        data.set(row, index * length);
      }
      const child = makeData({ type: item, length: data.length, nullCount: 0, data } as never);
      return makeData({ type, length: rows.length, nullCount: 0, child });
    },
    fromArrow: (value) => {
      const list = (value as { toArray(): Values }).toArray();
      const copy = allocate(list.length);
      copy.set(list);
      return copy;
    },
  };
}

export interface EncodedImage {
  /** PNG, JPEG or WebP; null where they are read from `path`. */
  readonly bytes: Uint8Array | null;
  /** A file name, for people; of an image that is kept elsewhere, where it lies. */
  readonly path: string;
}

/** Images as `datasets.Image` stores them: struct{bytes, path}; without bytes it opens the path. */
export function imageColumn(): Column<EncodedImage> {
  const type = new Struct([new Field("bytes", new Binary(), true), new Field("path", new Utf8(), true)]);
  return {
    type,
    feature: { _type: "Image" },
    matches: (other) => String(other) === String(type),
    toData: (images) => {
      const bytes = onlyChunk(
        vectorFromArray(
          images.map((image) => image.bytes),
          new Binary(),
        ),
      );
      const paths = onlyChunk(
        vectorFromArray(
          images.map((image) => image.path),
          new Utf8(),
        ),
      );
      return makeData({ type, length: images.length, nullCount: 0, children: [bytes, paths] });
    },
    fromArrow: (value) => {
      const { bytes, path } = value as EncodedImage;
      return { bytes: bytes?.slice() ?? null, path };
    },
  };
}

function valueFeature(dtype: string): object {
  return { dtype, _type: "Value" };
}

function onlyChunk(vector: { readonly data: readonly Data[] }): Data {
  const [chunk] = vector.data;
  if (chunk === undefined) throw new RangeError("expected a batch of at least one row");
  return chunk;
}
