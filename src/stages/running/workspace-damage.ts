import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Store } from "../../adapters/store/index.js";
import { StoreError } from "../../errors.js";
import { pictureFiles } from "../../pictures/picture-files.js";
import { damagedShards, harmOf } from "./damaged-shards.js";
import { type GivenLine, lineThatMade } from "./stage-command.js";

/** A file or folder that the ledger counts on and that is not what was written. */
export interface Damage {
  /** Relative to the workspace; of a picture that stayed where it was, absolute. */
  readonly place: string;
  readonly said: "missing" | "damaged";
  /** Whether it is a picture, which no command makes again. */
  readonly isPicture?: boolean;
  /** "candidates 0f3a...", or nothing for a checkpoint that was brought in. */
  readonly stage: string | null;
  /** What makes it again; null where the ledger does not know. */
  readonly line: GivenLine | null;
}

/** Whatever of a workspace is missing or damaged, stage by stage in the order in which they were begun. Every file is read. */
export async function damageOf(store: Store): Promise<Damage[]> {
  const stages = store.stages.all();
  const found: Damage[] = [];
  for (const { id, name } of stages.sort((one, other) => one.startedAt - other.startedAt)) {
    const line = lineThatMade(store, id) ?? null;
    for (const { place, said } of await damagedShards(store, id)) {
      found.push({ place, said, stage: `${name} ${id}`, line });
    }
  }
  return [...found, ...broughtIn(store), ...(await damagedPictures(store))];
}

/** Pictures, here or where they stayed, that are gone or have other bytes. Their files are read one after the other. */
async function damagedPictures(store: Store): Promise<Damage[]> {
  const files = pictureFiles(store.workspace.root);
  const found: Damage[] = [];
  for (const picture of store.pictures.places()) {
    try {
      await files.bytes(picture);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      const said = files.has(picture.place) ? "damaged" : "missing";
      found.push({ place: picture.place, said, isPicture: true, stage: null, line: null });
    }
  }
  return found;
}

/** Checkpoints that were copied into the workspace from elsewhere. */
function broughtIn(store: Store): Damage[] {
  return store.checkpoints.list().flatMap((row): Damage[] => {
    if (row.stageId !== null || row.location.includes(":")) return [];
    const said = harmOf(store, row);
    return said ? [{ place: row.location, said, stage: null, line: null }] : [];
  });
}

/** What no command will take up any more, relative to the workspace: keepsakes of shards that are done, and half copies. */
export function leftoversOf(store: Store): string[] {
  const { root } = store.workspace;
  const keepsakes = namesIn(join(root, "arrow")).flatMap((folder) => {
    const stage = /-([0-9a-f]{16})$/.exec(folder)?.[1] ?? "";
    const files = namesIn(join(root, "arrow", folder)).filter((name) => /^\.\d+\.unfinished$/.test(name));
    return files
      .filter((name) => store.shards.isDone(stage, Number.parseInt(name.slice(1), 10)))
      .map((name) => `arrow/${folder}/${name}`);
  });
  const halves = namesIn(join(root, "checkpoints")).filter((name) => name.endsWith(".partial"));
  return [...keepsakes, ...halves.map((name) => `checkpoints/${name}`)];
}

function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder, { withFileTypes: true }).map(({ name }) => name) : [];
}
