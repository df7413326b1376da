import { type CheckpointKind, CURE } from "../../adapters/checkpoint-record.js";
import type { CheckpointRow, Store } from "../../adapters/store/index.js";
import { CheckpointError } from "../../errors.js";
import { BY_HAND, commandLine } from "../../records/command-line.js";
import { checkpointRow, type KnownCheckpoint } from "../known-checkpoint.js";

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
  const run = store.runs.find(store.stages.find(stageId ?? "")?.runId ?? "");
  if (location.startsWith("bundled:")) return CURE.slice(0, -1);
  if (run === undefined) return "Name the folder that it was brought from: it is copied again";
  const line =
    run.id === BY_HAND
      ? "the same espalier train line as before, with this workspace"
      : commandLine(["run", run.pipeline], store.workspace.root);
  return `To train it again, give ${line}`;
}
