import { open } from "node:fs/promises";
import { StoreError } from "../errors.js";

/** What a file of rows is, by its contents. */
export type FileKind = "arrow" | "parquet" | "tar" | "json";

/** Bytes in which a file shows what it is. */
const LOOKED_AT = 4096;

/** Throws StoreError, with what it seems to be and the cure, for a file of another kind. */
export async function kindOf(file: string): Promise<FileKind> {
  const start = await startOf(file);
  const head = start.toString("latin1");
  if (head.startsWith("PAR1")) return "parquet";
  if (head.startsWith("ARROW1") || head.startsWith("\xff\xff\xff\xff")) return "arrow";
  if (/^.{257}ustar/s.test(head)) return "tar";
  const text = textOf(start);
  if (/^[{[]/.test(text)) return "json";
  const [got, cure] = OTHERS.find(([begins]) =>
    [head, text].some((one) => (typeof begins === "string" ? one.startsWith(begins) : begins.test(one))),
  )?.slice(1) ?? [
    `what begins with ${JSON.stringify(text.slice(0, 40))}`,
    "Write its rows as lines of JSON (docs/formats.md); a file of prompts goes to espalier generate",
  ];
  throw new StoreError(
    `${file} is in no layout that is known: expected Arrow, Parquet, WebDataset shards or lines of JSON (or one list of it), got ${got}. ` +
      `${String(cure).replaceAll("FILE", file)}.`,
  );
}

/** Whether bytes are a pointer that Git LFS left in the place of a file. */
export function isLargeFilePointer(bytes: Uint8Array): boolean {
  return LARGE_FILE.test(Buffer.from(bytes.subarray(0, 64)).toString("latin1"));
}

const LARGE_FILE = /^version https:\/\/git-lfs\.github\.com\/spec/;

/** What is met in the place of a file of rows: how it begins, what it is, and what to do. */
const OTHERS: readonly (readonly [begins: string | RegExp, got: string, cure: string])[] = [
  [/^$/, "an empty file", "Get it again"],
  [LARGE_FILE, "a pointer of Git LFS in its place", "Fetch the file itself: git lfs pull"],
  ["PARE", "encrypted Parquet", "Write it without encryption"],
  ["\x1f\x8b", "gzip", "Unpack it first: gunzip -k FILE"],
  ["(\xb5/\xfd", "zstd", "Unpack it first: zstd -d FILE"],
  ["PK\x03\x04", "a ZIP archive", "Unpack it first, and name the file or folder in it"],
  [/^<(!doctype|html|\?xml)/i, "a page (HTML or XML)", "Download the file itself"],
];

async function startOf(file: string): Promise<Buffer> {
  const handle = await open(file, "r");
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(LOOKED_AT), 0, LOOKED_AT, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** The start as text, without marks and blanks: UTF-16 where its mark says so. */
function textOf(start: Buffer): string {
  const isWide = start[0] === 0xff && start[1] === 0xfe;
  const isWideTurned = start[0] === 0xfe && start[1] === 0xff;
  const encoding = isWide ? "utf-16le" : isWideTurned ? "utf-16be" : "utf-8";
  return new TextDecoder(encoding).decode(start).trimStart();
}
