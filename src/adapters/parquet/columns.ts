import type { SchemaElement } from "hyparquet";

/** What a column holds. Every column may be empty in a row. */
export type ParquetKind = "text" | "number" | "integer" | "bytes" | "image" | "integers";

/** Column names and kinds, in order. */
export type ParquetColumns = Readonly<Record<string, ParquetKind>>;

/** A cell to write: an image is { bytes, path }, integers are any list of whole numbers. */
export type ParquetCell =
  | string
  | number
  | Uint8Array
  | { readonly bytes: Uint8Array; readonly path: string }
  | ArrayLike<number>
  | null;

export type ParquetRow = Readonly<Record<string, ParquetCell>>;

/** The schema as Parquet lists it: a tree in depth-first order. */
export function schemaOf(columns: ParquetColumns): SchemaElement[] {
  const entries = Object.entries(columns);
  return [
    { name: "schema", num_children: entries.length },
    ...entries.flatMap(([name, kind]) => elementsOf(name, kind)),
  ];
}

function elementsOf(name: string, kind: ParquetKind): SchemaElement[] {
  const repetition_type = "OPTIONAL" as const;
  switch (kind) {
    case "text":
      return [{ name, type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type }];
    case "number":
      return [{ name, type: "DOUBLE", repetition_type }];
    case "integer":
      return [{ name, type: "INT64", repetition_type }];
    case "bytes":
      return [{ name, type: "BYTE_ARRAY", repetition_type }];
    case "image":
      return [
        { name, num_children: 2, repetition_type },
        ...elementsOf("bytes", "bytes"),
        ...elementsOf("path", "text"),
      ];
    case "integers":
      return [
        { name, converted_type: "LIST", num_children: 1, repetition_type },
        { name: "list", num_children: 1, repetition_type: "REPEATED" },
        { name: "element", type: "INT32", repetition_type },
      ];
  }
}

/** `info.features` of Hugging Face's metadata: with it `datasets` and the Hub's viewer show images as images. */
export function featuresOf(columns: ParquetColumns): Record<string, object> {
  return Object.fromEntries(Object.entries(columns).map(([name, kind]) => [name, FEATURES[kind]]));
}

const FEATURES: Readonly<Record<ParquetKind, object>> = {
  text: { dtype: "string", _type: "Value" },
  number: { dtype: "float64", _type: "Value" },
  integer: { dtype: "int64", _type: "Value" },
  bytes: { dtype: "binary", _type: "Value" },
  image: { _type: "Image" },
  integers: { feature: { dtype: "int32", _type: "Value" }, length: -1, _type: "Sequence" },
};

/** Cells of a column in the form that the writer takes. */
export function writable(kind: ParquetKind, cells: readonly (ParquetCell | undefined)[]): unknown[] {
  if (kind === "integer") return cells.map((cell) => (typeof cell === "number" ? BigInt(cell) : null));
  if (kind === "integers")
    return cells.map((cell) => (cell == null ? null : Array.from(cell as ArrayLike<number>)));
  return cells.map((cell) => cell ?? null);
}
