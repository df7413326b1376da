import { readAnyPairs } from "./pair-file.js";
import { type RowFiles, rowFiles } from "./row-files.js";
import type { AnyPairRow, PictureBytes } from "./rows.js";

/** Random access to pairs and their images. */
export type PairFiles = RowFiles<AnyPairRow>;

/** The pairs of the workspace at `root`, the `kept` last used shards in memory. */
export function pairFiles(root: string, bytesOf: PictureBytes, kept = 4): PairFiles {
  return rowFiles(root, (file) => readAnyPairs(file, bytesOf), kept);
}
