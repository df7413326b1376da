import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeFolder } from "../adapters/make-folder.js";
import { ConfigError } from "../errors.js";
import { isWritable, workspacePaths } from "../paths.js";

/** A default place for a file that the user did not name; null in a workspace that can only be read. */
export function reportsPlace(workspace: string, name: string): string | null {
  const { root, reports } = workspacePaths(workspace);
  return isWritable(root) ? join(reports, name) : null;
}

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
