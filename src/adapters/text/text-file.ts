import { createReadStream } from "node:fs";
import { TextDecoder } from "node:util";

/** What is wrong with a file that should hold text; whoever reads it says where and why it matters. */
export class TextFault extends Error {}

/** Characters of a line, at most: what is longer has no lines. */
const LONGEST_LINE = 2 ** 22;

/**
 * Streams the text of a file in pieces: UTF-8, or UTF-16 where the mark at its start says so; the mark is left out.
 * Throws TextFault for bytes that are no text, and what the system says when the file cannot be opened.
 */
export async function* readText(file: string): AsyncGenerator<string> {
  let decoder: TextDecoder | undefined;
  for await (const bytes of createReadStream(file)) {
    decoder ??= decoderFor(bytes as Buffer);
    yield decoded(() => decoder?.decode(bytes as Buffer, { stream: true }) ?? "");
  }
  yield decoded(() => decoder?.decode() ?? "");
}

/** Characters in which a file shows what it is. */
const MOST_LOOKED_AT = 2 ** 16;

/** The first line of a text that is not blank, trimmed, and all of the text from its start. */
export async function begun(pieces: AsyncGenerator<string>) {
  let read = "";
  let first = "";
  for (let next = await pieces.next(); !next.done; next = await pieces.next()) {
    read += next.value;
    const whole = /^\s*(\S[^\r\n]*)[\r\n]/.exec(read);
    first = (whole?.[1] ?? read).trim();
    if (whole !== null || read.length > MOST_LOOKED_AT) break;
  }
  const text = async function* () {
    yield read;
    yield* pieces;
  };
  return { first, text: text() };
}

/** The lines of a text that comes in pieces, without their ends, whichever system wrote them. */
export async function* linesOf(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = "";
  for await (const piece of pieces) {
    // A carriage return at the end may belong to a line feed that is still to come.
    const lines = `${rest}${piece}`.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? "";
    yield* lines;
    if (rest.length > LONGEST_LINE)
      throw new TextFault(`expected lines of at most ${LONGEST_LINE} characters, got a longer one`);
  }
  if (rest !== "") yield rest.replace(/\r$/, "");
}

const BINARY: readonly (readonly [start: string, name: string])[] = [
  ["PK\x03\x04", "a ZIP archive, as Excel's .xlsx"],
  ["\x1f\x8b", "gzip"],
  ["(\xb5/\xfd", "zstd"],
  ["\x89PNG", "a PNG image"],
  ["\xff\xd8\xff", "a JPEG image"],
  ["PAR1", "Parquet"],
  ["ARROW1", "Arrow"],
  ["\xff\xff\xff\xff", "an Arrow stream"],
  ["SQLite format 3", "an SQLite database"],
  ["%PDF-", "PDF"],
  ["\xff\xfe\0\0", "UTF-32"],
  ["\0\0\xfe\xff", "UTF-32"],
];

function decoderFor(start: Buffer): TextDecoder {
  const head = start.subarray(0, 16).toString("latin1");
  const found = BINARY.find(([magic]) => head.startsWith(magic));
  if (found !== undefined) throw notText(`what looks like ${found[1]}`, "Name a text file");
  const encoding = head.startsWith("\xff\xfe")
    ? "utf-16le"
    : head.startsWith("\xfe\xff")
      ? "utf-16be"
      : "utf-8";
  return new TextDecoder(encoding, { fatal: true });
}

function decoded(decode: () => string): string {
  try {
    return decode();
  } catch {
    throw notText("bytes that are neither", "Save it as UTF-8");
  }
}

function notText(got: string, cure: string): TextFault {
  return new TextFault(`expected text in UTF-8, or in UTF-16 with its mark, got ${got}. ${cure}`);
}
