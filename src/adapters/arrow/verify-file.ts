import { createHash } from "node:crypto";
import { createReadStream, lstatSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { DamagedFileError } from "../../errors.js";
import { resolveInside } from "../../paths.js";

/** A file of the workspace as the ledger knows it: `file` relative to the root; `sha256` null where none was recorded. */
export interface KnownFile {
  readonly file: string;
  readonly sha256?: string | null | undefined;
}

/** Files found whole by this process: one check is enough, and a failed one is made again. */
const whole = new Set<string>();

/**
 * The absolute path of a file of the workspace at `root`, checked against its recorded hash when it is first opened.
 * Throws StoreError when it is missing or another file.
 */
export async function knownFile(root: string, { file, sha256 }: KnownFile): Promise<string> {
  const path = insideOrDamaged(root, file);
  const key = `${sha256} ${path}`;
  if (sha256 && !whole.has(key)) {
    await verifyFile(path, sha256);
    whole.add(key);
  }
  return path;
}

/** What the ledger names lies inside; where a link now leads out of the workspace, the file that was written is gone. */
function insideOrDamaged(root: string, file: string): string {
  try {
    return resolveInside(root, file);
  } catch (error) {
    const path = join(root, file);
    if (!lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) throw error;
    throw new DamagedFileError(path, "is a link that leaves the workspace", CURE, { cause: error });
  }
}

/** Throws StoreError when the file's sha256 (lower-case hex) is not the one the ledger keeps. */
export async function verifyFile(file: string, sha256: string): Promise<void> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash).catch((error: NodeJS.ErrnoException) => {
    if (!GONE.includes(error.code ?? "")) throw error;
    const fault = `cannot be read (${error.code}): the ledger counts on it`;
    throw new DamagedFileError(file, fault, CURE, { cause: error });
  });
  const found = hash.digest("hex");
  if (found === sha256) return;
  const hashes = `expected sha256 ${sha256.slice(0, 12)}, got ${found.slice(0, 12)}`;
  throw new DamagedFileError(file, `has changed since it was written: ${hashes}`, CURE);
}

/** Where another error is met (permissions, too many open files), the file may be whole. */
const GONE = ["ENOENT", "ENOTDIR", "EISDIR", "ELOOP", "EIO"];

/** What makes a missing or damaged file again (runStage). */
export const CURE =
  "Give the command again that made it (its folder names the stage), with the same workspace: it makes the file anew.";
