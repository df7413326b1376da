import { knownFile } from "../adapters/arrow/index.js";
import type { ShardRow, Store } from "../adapters/store/index.js";
import { StoreError } from "../errors.js";

/** A done shard whose file is not what the ledger says, and how. */
export interface DamagedShard {
  readonly shard: ShardRow;
  readonly said: string;
}

/** The shards of a stage whose file is missing or has another hash than the recorded one. */
export async function damagedShards(store: Store, stageId: string): Promise<DamagedShard[]> {
  const damaged: DamagedShard[] = [];
  for (const shard of store.shards.list(stageId)) {
    const { file, sha256 } = shard;
    if (file === null) continue;
    try {
      await knownFile(store.workspace.root, { file, sha256 });
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      damaged.push({ shard, said: store.shards.isDone(stageId, shard.index) ? "damaged" : "missing" });
    }
  }
  return damaged;
}
