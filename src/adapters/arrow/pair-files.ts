import { readPairs } from "./pair-file.js";
import { type RowFiles, rowFiles } from "./row-files.js";
import type { PairFileRow } from "./rows.js";

/** Random access to pairs and their images. */
export type PairFiles = RowFiles<PairFileRow>;

/** The pairs of the workspace at `root`, the `kept` last used shards in memory. */
export function pairFiles(root: string, kept = 4): PairFiles {
  return rowFiles(root, readPairs, kept);
}
