import { readCandidates } from "./candidate-file.js";
import { type RowFiles, rowFiles } from "./row-files.js";
import type { CandidateFileRow } from "./rows.js";

/** Random access to candidates. */
export type CandidateFiles = RowFiles<CandidateFileRow>;

/** The candidates of the workspace at `root`, the `kept` last used shards in memory. */
export function candidateFiles(root: string, kept = 4): CandidateFiles {
  return rowFiles(root, readCandidates, kept);
}
