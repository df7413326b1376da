import {
  appendFileSync,
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { makeFolder } from "../make-folder.js";

/** Appends JSON lines to a file that another machine reads: opened and closed for each, as close-to-open consistency wants. */
export class JournalWriter {
  constructor(readonly file: string) {
    makeFolder(dirname(file));
    if (existsSync(file) && statSync(file).size > 0 && !endsWhole(file)) appendFileSync(file, "\n");
  }

  append(entry: unknown): void {
    const descriptor = openSync(this.file, "a");
    try {
      writeSync(descriptor, `${JSON.stringify(entry)}\n`);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  }
}

/** Bytes read at a time. */
const PIECE = 1 << 20;

/** Reads the whole lines that a file has gained since the last look. */
export class JournalReader {
  #offset = 0;

  constructor(readonly file: string) {}

  /** New entries; none while the file is absent. A line without an end waits, a torn one is left out. */
  read(): unknown[] {
    if (!existsSync(this.file)) return [];
    const descriptor = openSync(this.file, "r");
    try {
      const pieces: Buffer[] = [];
      for (let at = this.#offset; ; ) {
        const piece = Buffer.alloc(PIECE);
        const length = readSync(descriptor, piece, 0, PIECE, at);
        if (length === 0) break;
        pieces.push(piece.subarray(0, length));
        at += length;
      }
      const found = Buffer.concat(pieces);
      const whole = found.subarray(0, found.lastIndexOf(0x0a) + 1);
      this.#offset += whole.length;
      return whole.toString().split("\n").flatMap(parsed);
    } finally {
      closeSync(descriptor);
    }
  }
}

function parsed(line: string): unknown[] {
  try {
    return line.trim() === "" ? [] : [JSON.parse(line)];
  } catch {
    return [];
  }
}

function endsWhole(file: string): boolean {
  const descriptor = openSync(file, "r");
  try {
    const end = Buffer.alloc(1);
    readSync(descriptor, end, 0, 1, statSync(file).size - 1);
    return end[0] === 0x0a;
  } finally {
    closeSync(descriptor);
  }
}
