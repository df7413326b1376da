import { knownFile } from "../../adapters/arrow/index.js";
import type { Store } from "../../adapters/store/index.js";

/** A file of the workspace that a stage reads, as the ledger knows it; null where a shard had no rows. */
export interface InputFile {
  readonly file: string | null;
  readonly sha256?: string | null | undefined;
}

/**
 * Throws StoreError at the first file that is missing or not what was written, but for the stage's `own` ones, which it makes
 * again. Each is looked at once a process.
 */
export async function requireWhole(
  { workspace }: Store,
  files: Iterable<InputFile>,
  own: readonly string[],
): Promise<void> {
  const seen = new Set(own);
  for (const { file, sha256 } of files) {
    if (file === null || seen.has(file)) continue;
    seen.add(file);
    await knownFile(workspace.root, { file, sha256 });
  }
}
