import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { StoreError } from "../errors.js";

/**
 * Makes a folder and those above it that are missing; returns the uppermost one that it made, if any. Level by level, because Node's recursive mkdir never returns where
 * the system refuses a child of a folder that is there (/proc). Throws StoreError there, and what the system says otherwise.
 */
export function makeFolder(folder: string): string | undefined {
  const parent = dirname(resolve(folder));
  const above = existsSync(parent) ? undefined : makeFolder(parent);
  try {
    mkdirSync(folder);
    return above ?? folder;
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "EEXIST" && statSync(folder).isDirectory()) return above;
    if (code !== "ENOENT" || !existsSync(parent)) throw cause;
    throw new StoreError(
      `The folder ${folder} cannot be made: the system lets nobody make one in ${parent}. Name a folder on a disk.`,
      { cause },
    );
  }
}
