import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { knownFile } from "../../adapters/arrow/index.js";
import { asideOf, moveAside, setFolderAside } from "../../adapters/set-folder-aside.js";
import type { CheckpointRow, Store } from "../../adapters/store/index.js";
import { CheckpointError, StoreError } from "../../errors.js";
import { resolveInside } from "../../paths.js";
import { checkpointRow } from "../known-checkpoint.js";

/** A done shard whose file, or whose checkpoint, is not what the ledger says, and how. */
export interface DamagedShard {
  readonly index: number;
  readonly kind: "file" | "checkpoint";
  /** Relative to the workspace root. */
  readonly place: string;
  readonly said: "missing" | "damaged";
  /** sha256 of the file, or of the checkpoint's weights, as it was made. */
  readonly hash: string | null;
}

/** The shards of a stage whose file or checkpoint is missing or has another hash than the recorded one. */
export async function damagedShards(store: Store, stageId: string): Promise<DamagedShard[]> {
  return [...(await damagedFiles(store, stageId)), ...damagedCheckpoints(store, stageId)];
}

async function damagedFiles(store: Store, stageId: string): Promise<DamagedShard[]> {
  const damaged: DamagedShard[] = [];
  for (const { index, file, sha256 } of store.shards.list(stageId)) {
    if (file === null) continue;
    try {
      await knownFile(store.workspace.root, { file, sha256 });
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      const said = store.shards.isDone(stageId, index) ? "damaged" : "missing";
      damaged.push({ index, kind: "file", place: file, said, hash: sha256 });
    }
  }
  return damaged;
}

/** A stage that trains has one shard, and makes one checkpoint. */
function damagedCheckpoints(store: Store, stageId: string): DamagedShard[] {
  const made = store.checkpoints.list().filter((row) => row.stageId === stageId);
  return made.flatMap((row): DamagedShard[] => {
    const said = harmOf(store, row);
    return said ? [{ index: 0, kind: "checkpoint", place: row.location, said, hash: row.id }] : [];
  });
}

/** What is wrong with a checkpoint of the workspace; nothing where it is what the ledger says. */
export function harmOf(
  { workspace }: Store,
  { id, kind, location }: CheckpointRow,
): DamagedShard["said"] | undefined {
  // A source of pictures has no files here.
  if (kind === "outside") return undefined;
  try {
    if (checkpointRow(resolveInside(workspace.root, location), kind, location).id === id) return undefined;
  } catch (error) {
    if (!(error instanceof CheckpointError || error instanceof StoreError)) throw error;
  }
  return existsSync(join(workspace.root, location)) ? "damaged" : "missing";
}

/** Makes room for what is made again: no trainer and no file replaces a folder that is there. Returns what to tell people. */
export function setAside(store: Store, stageId: string, { index, kind, place, said }: DamagedShard): string {
  store.shards.forget(stageId, index);
  const found = `${place} is ${said}: it is made again`;
  // The last part may be a link that leads out: what is made again takes its place.
  const path = join(resolveInside(store.workspace.root, dirname(place)), basename(place));
  if (kind === "checkpoint" && said === "damaged") moveAside(path);
  else if (!setFolderAside(path)) return found;
  return `${found} (what is there goes to ${asideOf(place)})`;
}

/** Whether what was made again is the same: it is, byte for byte, unless the machine or its libraries are others. */
export function isSameAgain(store: Store, stageId: string, { index, kind, hash }: DamagedShard): boolean {
  if (kind === "file") return store.shards.find(stageId, index)?.sha256 === hash;
  return store.checkpoints.list().some((row) => row.stageId === stageId && row.id === hash);
}
