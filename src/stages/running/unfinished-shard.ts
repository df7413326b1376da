import { join } from "node:path";
import { type Journal, openJournal, removeJournal } from "../../adapters/journal.js";
import type { StageRow, Store } from "../../adapters/store/index.js";
import { unfinishedFile } from "../../paths.js";

/** What is finished of a shard that is not: kept from one try to the next, of this process or of another. */
export function openUnfinished({ workspace }: Store, stage: StageRow, index: number): Promise<Journal> {
  return openJournal(join(workspace.root, unfinishedFile(stage, index)));
}

/** For a shard that is committed. */
export function removeUnfinished({ workspace }: Store, stage: StageRow, index: number): void {
  removeJournal(join(workspace.root, unfinishedFile(stage, index)));
}
