import { type CheckpointKind, CURE } from "../../adapters/checkpoint-record.js";
import type { CheckpointRow, Store } from "../../adapters/store/index.js";
import { CheckpointError } from "../../errors.js";
import { checkpointRow, type KnownCheckpoint } from "../known-checkpoint.js";
import { lineThatMade, typedLine } from "../running/stage-command.js";

/**
 * A checkpoint that the ledger knows, in its folder. Throws CheckpointError when it is missing, damaged or of another kind,
 * with the command that makes it again.
 */
export function checkpointOfWorkspace(
  row: CheckpointRow,
  folder: string,
  kind: CheckpointKind,
  store: Store,
): KnownCheckpoint {
  try {
    const { id, name } = checkpointRow(folder, kind, row.location);
    if (id === row.id) return { identity: id, name, folder, location: row.location };
  } catch (error) {
    if (!(error instanceof CheckpointError) || kind !== row.kind) throw error;
    throw new CheckpointError(error.message.replace(CURE, `${cureOf(row, store)}.`), { cause: error });
  }
  throw new CheckpointError(
    `Expected ${folder} to hold the ${kind} ${row.id.slice(0, 12)} that the workspace knows, got another. ${cureOf(row, store)}.`,
  );
}

/** What makes a checkpoint again: the stage that trained it finds the damage (runStage). */
function cureOf({ stageId, location }: CheckpointRow, store: Store): string {
  if (location.startsWith("bundled:")) return CURE.slice(0, -1);
  if (stageId === null) return "Name the folder that it was brought from: it is copied again";
  const line = lineThatMade(store, stageId);
  if (line === undefined)
    return "To train it again, give the same espalier train line as before, with this workspace";
  return `To train it again: ${typedLine(line, store.workspace.root)}`;
}
