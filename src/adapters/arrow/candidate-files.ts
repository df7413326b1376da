import { readCandidates } from "./candidate-file.js";
import { type RowFiles, rowFiles } from "./row-files.js";
import type { CandidateFileRow } from "./rows.js";
import { type KnownFile, knownFile } from "./verify-file.js";

/** Random access to candidates. */
export interface CandidateFiles extends RowFiles<CandidateFileRow> {
  /** Candidates of many files by id, in no order: each file is gone through once, and only these rows are kept. */
  readMany(places: Iterable<KnownFile & { readonly row: number }>): Promise<Map<string, CandidateFileRow>>;
}

/** The candidates of the workspace at `root`, the `kept` last used shards in memory. */
export function candidateFiles(root: string, kept = 4): CandidateFiles {
  return {
    ...rowFiles(root, readCandidates, kept),
    readMany: async (places) => {
      const rows = new Map<string, Set<number>>();
      const hashes = new Map<string, string | null | undefined>();
      for (const { file, sha256, row } of places) {
        rows.set(file, (rows.get(file) ?? new Set()).add(row));
        hashes.set(file, sha256);
      }
      const found = new Map<string, CandidateFileRow>();
      for (const [file, wanted] of rows) {
        const path = await knownFile(root, { file, sha256: hashes.get(file) });
        for await (const one of readCandidates(path, wanted)) found.set(one.id, one);
      }
      return found;
    },
  };
}
