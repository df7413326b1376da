import { StoreError } from "../../errors.js";
import { resolveInside } from "../../paths.js";
import { readCandidates } from "./candidate-file.js";
import type { CandidateFileRow } from "./rows.js";

/** Random access to candidates by the place the ledger gives. */
export interface CandidateFiles {
  /** `file` relative to the workspace root, `row` from 0. Throws StoreError when the file has no such row. */
  read(location: { readonly file: string; readonly row: number }): Promise<CandidateFileRow>;
}

/** Opens shards of the workspace at `root` as they are asked for and keeps the `kept` last used in memory. */
export function candidateFiles(root: string, kept = 4): CandidateFiles {
  const loaded = new Map<string, Promise<CandidateFileRow[]>>();
  return {
    read: async ({ file, row }) => {
      const rows = loaded.get(file) ?? loadRows(resolveInside(root, file));
      // Map keeps insertion order: the first key is the longest unused.
      loaded.delete(file);
      loaded.set(file, rows);
      const [oldest] = loaded.keys();
      if (loaded.size > kept && oldest !== undefined) loaded.delete(oldest);
      const found = (await rows)[row];
      if (found !== undefined) return found;
      throw new StoreError(
        `${file} has ${(await rows).length} rows: expected one at ${row}. It is not the file that the ledger knows.`,
      );
    },
  };
}

async function loadRows(file: string): Promise<CandidateFileRow[]> {
  const rows: CandidateFileRow[] = [];
  for await (const row of readCandidates(file)) rows.push(row);
  return rows;
}
