import { createWriteStream } from "node:fs";
import { dirname } from "node:path";
import { finished } from "node:stream/promises";
import { makeFolder } from "../make-folder.js";

const KEPT_LINES = 20;

/** The worker's prose: appended to a file when there is one, its last lines kept for error messages. */
export class LogTail {
  readonly lines: string[] = [];
  readonly #stream;

  constructor(readonly file: string | undefined) {
    if (file) makeFolder(dirname(file));
    this.#stream = file ? createWriteStream(file, { flags: "a" }) : undefined;
    // A full disk is told by those whose files matter; of the prose its last lines stay.
    this.#stream?.on("error", () => undefined);
  }

  write(line: string): void {
    if (this.#stream?.writable) this.#stream.write(`${line}\n`);
    if (line.trim() === "") return;
    this.lines.push(line);
    if (this.lines.length > KEPT_LINES) this.lines.shift();
  }

  /** Resolves when everything is in the file. */
  async close(): Promise<void> {
    if (!this.#stream) return;
    this.#stream.end();
    await finished(this.#stream).catch(() => undefined);
  }
}
