import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { StoreError } from "../../errors.js";

/** Throws StoreError when the file's sha256 (lower-case hex) is not the one the ledger keeps. */
export async function verifyFile(file: string, sha256: string): Promise<void> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash).catch((error: NodeJS.ErrnoException) => {
    throw new StoreError(`${file} cannot be read (${error.code}): the ledger counts on it.`, {
      cause: error,
    });
  });
  const found = hash.digest("hex");
  if (found === sha256) return;
  throw new StoreError(
    `${file} has changed since it was written: expected sha256 ${sha256.slice(0, 12)}, got ${found.slice(0, 12)}. ` +
      "Delete it and run again: its shard is made anew.",
  );
}
