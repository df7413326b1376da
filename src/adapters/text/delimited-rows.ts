import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type CsvError, type Info, parse } from "csv-parse";
import { TextFault } from "./text-file.js";

/** The first line of a table in text (CSV, TSV). */
export interface Heading {
  readonly names: readonly string[];
  readonly delimiter: string;
}

/** A line of such a table that is no row of it. */
export class RowFault extends TextFault {
  constructor(
    readonly line: number,
    readonly reason: string,
    options: ErrorOptions,
  ) {
    super(`line ${line} is no row of the table (${reason})`, options);
  }
}

/** What a table's first line says, taken apart at the first separator that is in it. */
export function headingOf(line: string): Heading {
  // A table of one column has nothing to separate: NUL is in no text.
  const delimiter = ["\t", ",", ";"].find((one) => line.includes(one)) ?? "\0";
  const names = line.split(delimiter).map((cell) => cell.trim().replace(/^"(.*)"$/, "$1"));
  return { names, delimiter };
}

/** The first of the `known` names, in any capitals, that is among those of a heading or an object. */
export function nameAmong(names: readonly string[], known: readonly string[]): string | undefined {
  return known.flatMap((one) => names.filter((name) => name.toLowerCase() === one))[0];
}

/** Streams the rows below a heading, which the text begins with. Throws RowFault. */
export async function* delimitedRows(
  text: AsyncIterable<string>,
  { delimiter }: Heading,
): AsyncGenerator<{ readonly line: number; readonly cells: readonly string[] }> {
  const rows = parse({
    ...{
      delimiter,
      info: true,
      relax_quotes: true,
      skip_empty_lines: true,
      skip_records_with_empty_values: true,
    },
    max_record_size: 2 ** 22,
  });
  // What goes wrong reaches whoever reads the rows.
  pipeline(Readable.from(text), rows).catch(() => undefined);
  let isHeading = true;
  try {
    for await (const { record, info } of rows as AsyncIterable<{ record: string[]; info: Info }>) {
      if (!isHeading) yield { line: info.lines, cells: record };
      isHeading = false;
    }
  } catch (error) {
    if (!isCsvError(error)) throw error;
    throw new RowFault(Number(error["lines"]), error.message, { cause: error });
  }
}

function isCsvError(error: unknown): error is CsvError {
  return error instanceof Error && "code" in error && String(error.code).startsWith("CSV_");
}
