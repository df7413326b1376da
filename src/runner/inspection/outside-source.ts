import { existsSync } from "node:fs";
import { openStore } from "../../adapters/store/index.js";
import { workspacePaths } from "../../paths.js";

/** Whether a name or id is that of a source of pictures that the workspace knows. */
export function isOutsideSource(name: string, workspace: string): boolean {
  const paths = workspacePaths(workspace);
  if (!existsSync(paths.database)) return false;
  const store = openStore(paths, { readOnly: true });
  try {
    return store.checkpoints.find(name)?.kind === "outside";
  } finally {
    store.close();
  }
}
