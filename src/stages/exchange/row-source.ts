import { basename, dirname, resolve } from "node:path";
import { arrowColumns, readArrowRows } from "../../adapters/arrow/index.js";
import { parquetColumns, readParquet } from "../../adapters/parquet/index.js";
import { linesOf, readText, TextFault } from "../../adapters/text-file.js";
import { StoreError } from "../../errors.js";
import { Cells } from "./cells.js";
import { filesOf } from "./data-files.js";
import { type FileKind, kindOf } from "./file-kind.js";

/** The rows of a file or folder, whatever wrote them. */
export interface RowSource {
  readonly kind: FileKind;
  /** Null where every line may have its own. */
  readonly columns: readonly string[] | null;
  /** Streams the rows with those of the `columns` that they have. Throws StoreError at the first that cannot be read. */
  readonly rows: (columns: readonly string[]) => AsyncGenerator<Cells>;
}

type Row = Readonly<Record<string, unknown>>;

/** Opens what a person named: its contents tell what it is, not its name. Throws StoreError when it is nothing that is read. */
export async function openRows(path: string): Promise<RowSource> {
  const files = filesOf(path);
  const kinds = await Promise.all(files.map(kindOf));
  const kind = kinds[0] as FileKind;
  const first = files[0] as string;
  const columns =
    kind === "json" ? null : kind === "arrow" ? await arrowColumns(first) : await parquetColumns(first);
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

type PlacedRows = AsyncGenerator<{ readonly row: Row; readonly place: string }>;

const READERS: Readonly<Record<FileKind, (file: string, columns: readonly string[]) => PlacedRows>> = {
  arrow: (file, columns) => numbered(readArrowRows(file, columns)),
  parquet: (file, columns) => numbered(readParquet(file, columns)),
  json: jsonRows,
};

async function* numbered(rows: AsyncIterable<Row>): PlacedRows {
  let number = 0;
  for await (const row of rows) yield { row, place: `row ${number++}` };
}

async function* jsonRows(file: string): PlacedRows {
  let number = 0;
  try {
    for await (const line of linesOf(readText(file))) {
      const place = `line ${++number}`;
      if (line.trim() !== "") yield { row: parsed(line, `${basename(file)}, ${place}`), place };
    }
  } catch (error) {
    if (!(error instanceof TextFault)) throw error;
    throw new StoreError(`${file}, after line ${number}: ${error.message}.`, { cause: error });
  }
}

function parsed(line: string, where: string): Row {
  let reason = `got ${line.slice(0, 40)}`;
  try {
    const row: unknown = JSON.parse(line);
    if (typeof row === "object" && row !== null && !Array.isArray(row)) return row as Row;
  } catch (cause) {
    reason = `got text that does not parse (${(cause as Error).message})`;
  }
  throw new StoreError(
    `${where}: expected a JSON object, ${reason}. Write one object a line: jq -c . FILE does so.`,
  );
}
