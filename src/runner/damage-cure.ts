import { openStore } from "../adapters/store/index.js";
import { DamagedFileError } from "../errors.js";
import { workspacePaths } from "../paths.js";
import { lineThatMade, typedLine } from "../stages/running/stage-command.js";

/** What is said of a damaged file of the workspace, with the very command that makes it again, where the ledger keeps it. */
export function withCure(error: DamagedFileError, workspace: string): DamagedFileError {
  const stage = /-([0-9a-f]{16})[/\\][^/\\]+$/.exec(error.file)?.[1];
  const store = openStore(workspacePaths(workspace), { readOnly: true });
  try {
    const line = lineThatMade(store, stage ?? "");
    if (line === undefined) return error;
    return new DamagedFileError(error.file, error.fault, `To make it anew: ${typedLine(line, workspace)}`);
  } finally {
    store.close();
  }
}
