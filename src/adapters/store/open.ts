import { StoreError } from "../../errors.js";
import type { Workspace } from "../../paths.js";
import type { Store } from "./store.js";

export interface OpenOptions {
  /** Readers take no lease and never migrate; any number may read beside the writer. */
  readonly readOnly?: boolean;
}

/**
 * Opens the workspace's ledger, making folder and database when absent (not when reading).
 * Throws StoreError when another live process holds the lease, or the database is newer than this program.
 */
export function openStore(workspace: Workspace, _options: OpenOptions = {}): Store {
  throw new StoreError(`The ledger ${workspace.database} cannot be opened yet.`);
}
