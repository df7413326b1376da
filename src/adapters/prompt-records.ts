import { PromptError } from "../errors.js";
import { delimitedRows, type Heading, headingOf, nameAmong, RowFault } from "./text/delimited-rows.js";
import { entriesOf, ListFault } from "./text/json-list.js";
import { begun, linesOf, readText } from "./text/text-file.js";

/** One prompt as a file has it. */
export interface PromptRecord {
  /** "line 3" or "entry 3". */
  readonly where: string;
  /** A text, or what JSON holds. Throws PromptError. */
  readonly read: () => unknown;
}

/** What a column or a field with the prompt's text is called, in any capitals, the first one there first. */
const NAMES = ["prompt", "prompts", "caption"];
/** The same where there are others beside it; alone, "text" may be the first prompt of a list of words. */
export const PROMPT_COLUMNS: readonly string[] = [...NAMES, "text"];

/**
 * Streams what a prompt file holds, by its content and not its name: lines of text or of JSON objects, a list in JSON, or a
 * table (CSV, TSV) whose heading names the prompt. Throws PromptError where it looks like anything else.
 */
export async function* readPromptRecords(file: string): AsyncGenerator<PromptRecord> {
  const { first, text } = await begun(readText(file));
  const heading = headingOf(first);
  const field = nameAmong(heading.names, heading.names.length > 1 ? PROMPT_COLUMNS : NAMES);
  if (/^\[\s*($|["{\]])/.test(first)) yield* listed(text);
  else if (field !== undefined) yield* rowsOf(text, { heading, field });
  else {
    refuseForeign(first);
    yield* linesWithNumbers(text);
  }
}

/** The name under which an object holds a prompt's text. */
export function promptField(names: readonly string[]): string | undefined {
  return nameAmong(names, PROMPT_COLUMNS);
}

async function* linesWithNumbers(text: AsyncIterable<string>): AsyncGenerator<PromptRecord> {
  let number = 0;
  for await (const line of linesOf(text)) {
    number++;
    const said = line.trim();
    if (said !== "")
      yield { where: `line ${number}`, read: () => (said.startsWith("{") ? parseJson(said) : said) };
  }
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new PromptError(
      `expected one JSON object on the line, got text that does not parse (${(cause as Error).message}). ` +
        `Put each object on a line of its own, or write the prompt as plain text.`,
      { cause },
    );
  }
}

async function* listed(text: AsyncIterable<string>): AsyncGenerator<PromptRecord> {
  let number = 0;
  try {
    for await (const value of entriesOf(text)) yield { where: `entry ${++number}`, read: () => value };
  } catch (error) {
    throw error instanceof ListFault ? notList(error.got) : error;
  }
}

function notList(got: string): PromptError {
  return new PromptError(
    `this looks like a JSON list; expected texts, or objects with "prompt", in square brackets, got ${got}. Correct the file, or write one prompt a line.`,
  );
}

async function* rowsOf(
  text: AsyncIterable<string>,
  { heading, field }: { readonly heading: Heading; readonly field: string },
): AsyncGenerator<PromptRecord> {
  const column = heading.names.indexOf(field);
  try {
    for await (const { line, cells } of delimitedRows(text, heading))
      yield { where: `line ${line}`, read: () => cells[column] };
  } catch (error) {
    if (!(error instanceof RowFault)) throw error;
    throw new PromptError(
      `this looks like a table with the columns ${heading.names.join(", ")}; line ${error.line} is no row of it (${error.reason}). ` +
        "Put a text that holds the separator or quotes in double quotes, or write one prompt a line.",
      { cause: error },
    );
  }
}

/** Columns that tables of this trade have beside the prompt. */
const OTHER_COLUMNS =
  /^(id|index|idx|label|category|class|image|url|path|file_?name|tag|seed|score|name|title|description|split|text)$/i;

const FOREIGN: readonly (readonly [kind: string, isIt: (line: string) => boolean])[] = [
  ["a table (TSV) without a column that names the prompt", (line) => line.includes("\t")],
  [
    "a table (CSV) without a column that names the prompt",
    (line) => isHeadingAtAll(line) || /^"([^"]|"")*",\S/.test(line),
  ],
  ["the inside of a JSON list", (line) => /^".*",$/.test(line)],
  ["JSON over several lines", (line) => line === "{"],
  ["XML or HTML", (line) => /^<(\?xml|!doctype|html)\b/i.test(line)],
  ["YAML", (line) => line === "---" || /^[\w-]+:$/.test(line)],
];

function isHeadingAtAll(line: string): boolean {
  const cells = line.split(/[,;]/);
  return cells.length > 1 && cells.every((cell) => /^"?\w*"?$/.test(cell)) && cells.some(isOtherColumn);
}

function isOtherColumn(cell: string): boolean {
  return OTHER_COLUMNS.test(cell.replaceAll('"', ""));
}

function refuseForeign(first: string): void {
  const kind = FOREIGN.find(([, isIt]) => isIt(first))?.[0];
  if (kind === undefined) return;
  throw new PromptError(
    `this looks like ${kind}, got ${JSON.stringify(first.slice(0, 80))} first. Expected one prompt a line, JSON lines, a JSON ` +
      `list, or a table whose heading names the prompt (${PROMPT_COLUMNS.join(", ")}). Write it as one of these.`,
  );
}
