import { basename, dirname, resolve } from "node:path";
import { arrowColumns, readArrowRows } from "../../adapters/arrow/index.js";
import { entriesOf } from "../../adapters/json-list.js";
import { parquetColumns, readParquet } from "../../adapters/parquet/index.js";
import { begun, linesOf, readText, TextFault } from "../../adapters/text-file.js";
import { StoreError } from "../../errors.js";
import { filesOf } from "./data-files.js";
import { type FileKind, kindOf } from "./file-kind.js";
import { Cells } from "./layouts/cells.js";

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

/** Lines of objects, or one list of them. */
async function* jsonRows(file: string): PlacedRows {
  let place = "its start";
  try {
    const { first, text } = await begun(readText(file));
    const isList = first.startsWith("[");
    let number = 0;
    for await (const one of isList ? entriesOf(text) : linesOf(text)) {
      place = `${isList ? "entry" : "line"} ${++number}`;
      const where = `${basename(file)}, ${place}`;
      if (isList) yield { row: rowOf(one, where), place };
      else if ((one as string).trim() !== "")
        yield { row: rowOf(parsed(one as string, where), where), place };
    }
  } catch (error) {
    if (!(error instanceof TextFault)) throw error;
    throw new StoreError(`${file}, after ${place}: ${error.message}.`, { cause: error });
  }
}

function rowOf(value: unknown, where: string): Row {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Row;
  throw notRow(where, `got ${JSON.stringify(value).slice(0, 40)}`);
}

function parsed(line: string, where: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw notRow(where, `got text that does not parse (${(cause as Error).message})`);
  }
}

function notRow(where: string, got: string): StoreError {
  return new StoreError(
    `${where}: expected a JSON object, ${got}. Write one object a line (jq -c . FILE does so), or one list of them.`,
  );
}
