import type { Store } from "../../adapters/store/index.js";

/** What a checkpoint, a source of pictures or a judge is called; its identity where the ledger has no name for it. */
export function nameOf(store: Store, identity: string): string {
  return store.checkpoints.identified(identity)?.name ?? identity;
}
