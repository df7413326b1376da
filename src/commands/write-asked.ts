import { writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { makeFolder } from "../adapters/make-folder.js";
import { ConfigError } from "../errors.js";

/** Writes a file that the user asked for, making its folder. Throws ConfigError when it cannot be written. */
export function writeAsked(file: string, content: Uint8Array | string): void {
  try {
    makeFolder(dirname(file));
    writeFileSync(file, content);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError(`Cannot write ${file}: ${reason}. Name another file.`, { cause });
  }
}
