import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { StageRow, Store } from "../../adapters/store/index.js";

/** Every file and folder that a stage made, relative to the workspace root: shards, its checkpoint with what lies beside it, other files. */
export function placesOf(store: Store, stage: StageRow): string[] {
  const { root } = store.workspace;
  const folder = `arrow/${stage.name}-${stage.id}`;
  const checkpoints = store.checkpoints.list().filter(({ stageId }) => stageId === stage.id);
  const locations = checkpoints.map(({ location }) => location).filter((one) => !one.includes(":"));
  const places = [
    folder,
    ...locations,
    ...besideCheckpoint(root, stage),
    ...store.shards.list(stage.id).flatMap(({ file }) => file ?? []),
    ...store.artifacts.list(stage.id).map(({ file }) => file),
  ];
  const kept = [...new Set(places)].filter((place) => existsSync(join(root, place)));
  return kept.filter((place) => !kept.some((other) => place.startsWith(`${other}/`)));
}

/** A training names its folder by its run and the first digits of its id; work, log and what was set aside lie beside it. */
function besideCheckpoint(root: string, { id, runId }: StageRow): string[] {
  const folder = join(root, "checkpoints");
  if (!existsSync(folder)) return [];
  const end = new RegExp(`-${id.slice(0, 6)}(\\.[a-z]+)*$`);
  return readdirSync(folder)
    .filter((name) => name.startsWith(`${runId}-`) && end.test(name))
    .map((name) => `checkpoints/${name}`);
}

/** Bytes of files and of all that folders hold. */
export function bytesOf(root: string, places: readonly string[]): number {
  let bytes = 0;
  for (const place of places) {
    const path = join(root, place);
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.isDirectory()) bytes += bytesOf(path, readdirSync(path));
    else bytes += found?.size ?? 0;
  }
  return bytes;
}
