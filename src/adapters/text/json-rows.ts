import { basename } from "node:path";
import { StoreError } from "../../errors.js";
import { parseExactly } from "../exact-numbers.js";
import { entriesOf } from "./json-list.js";
import { begun, linesOf, readText, TextFault } from "./text-file.js";

/** A row of a file. */
export interface PlacedRow {
  readonly row: Readonly<Record<string, unknown>>;
  /** "line 3", "entry 3" or "row 3". */
  readonly place: string;
}

/** Streams a file of JSON: lines of objects, or one list of them. Throws StoreError (file, place) at the first that is no object. */
export async function* readJsonRows(file: string): AsyncGenerator<PlacedRow> {
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

function rowOf(value: unknown, where: string): PlacedRow["row"] {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as PlacedRow["row"];
  throw notRow(where, `got ${JSON.stringify(value).slice(0, 40)}`);
}

function parsed(line: string, where: string): unknown {
  try {
    return parseExactly(line);
  } catch (cause) {
    throw notRow(where, `got text that does not parse (${(cause as Error).message})`);
  }
}

function notRow(where: string, got: string): StoreError {
  return new StoreError(
    `${where}: expected a JSON object, ${got}. Write one object a line (jq -c . FILE does so), or one list of them.`,
  );
}
