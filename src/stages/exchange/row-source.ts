import { basename, dirname, resolve } from "node:path";
import { arrowColumns, readArrowRows } from "../../adapters/arrow/index.js";
import { type FileKind, kindOf } from "../../adapters/file-kind.js";
import { parquetColumns, readParquet } from "../../adapters/parquet/index.js";
import { readSampleRows } from "../../adapters/tar/index.js";
import { type PlacedRow, readJsonRows } from "../../adapters/text/json-rows.js";
import { filesOf } from "./data-files.js";
import { Cells } from "./layouts/cells.js";

/** The rows of a file or folder, whatever wrote them. */
export interface RowSource {
  readonly kind: FileKind;
  /** Null where every line may have its own. */
  readonly columns: readonly string[] | null;
  /** Streams the rows with those of the `columns` that they have. Throws StoreError at the first that cannot be read. */
  readonly rows: (columns: readonly string[]) => AsyncGenerator<Cells>;
}

/** Opens what a person named: its contents tell what it is, not its name. Throws StoreError when it is nothing that is read. */
export async function openRows(path: string): Promise<RowSource> {
  const files = filesOf(path);
  const kinds = await Promise.all(files.map(kindOf));
  const kind = kinds[0] as FileKind;
  const first = files[0] as string;
  const columns = await COLUMNS[kind](first);
  return {
    kind,
    columns,
    rows: async function* (wanted) {
      for (const [index, file] of files.entries()) {
        const folder = dirname(resolve(file));
        const rows = READERS[kinds[index] as FileKind](file, wanted);
        for await (const { row, place } of rows) yield new Cells(row, `${shown(file)}, ${place}`, folder);
      }
    },
  };

  function shown(file: string): string {
    return kind === "json" ? basename(file) : file;
  }
}

const COLUMNS: Readonly<Record<FileKind, (file: string) => Promise<readonly string[] | null>>> = {
  arrow: arrowColumns,
  parquet: parquetColumns,
  tar: sampleFields,
  json: async () => null,
};

/** Those of the first sample. */
async function sampleFields(file: string): Promise<readonly string[]> {
  for await (const row of readSampleRows(file)) return Object.keys(row);
  return [];
}

type PlacedRows = AsyncGenerator<PlacedRow>;

const READERS: Readonly<Record<FileKind, (file: string, columns: readonly string[]) => PlacedRows>> = {
  arrow: (file, columns) => numbered(readArrowRows(file, columns)),
  parquet: (file, columns) => numbered(readParquet(file, columns)),
  tar: (file) => numbered(readSampleRows(file)),
  json: readJsonRows,
};

async function* numbered(rows: AsyncIterable<PlacedRow["row"]>): PlacedRows {
  let number = 0;
  for await (const row of rows) yield { row, place: `row ${number++}` };
}
