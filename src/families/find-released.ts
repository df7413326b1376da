import { existsSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import type { CheckpointKind } from "../adapters/checkpoint-record.js";
import { commitOfFolder } from "../adapters/hub/index.js";
import { type FindOutside, OUTSIDE } from "../stages/checkpoints/find-checkpoint.js";
import { isHubName, type ModelPlaces } from "./model-places.js";

/** A model that others released, known by the hashes of its weights; undefined for folders of our own and for what is no name. */
export async function findReleased(
  reference: string,
  kind: CheckpointKind,
  about: {
    readonly family: string;
    readonly places: ModelPlaces;
    readonly identify: (folder: string) => Promise<string>;
  },
): ReturnType<FindOutside> {
  const { family, places, identify } = about;
  const local = existsSync(reference);
  if (local ? existsSync(join(reference, "checkpoint.json")) : !isHubName(reference)) return undefined;
  const folder = await places.resolve(reference);
  const id = await identify(folder);
  const location = `${OUTSIDE}${local ? resolve(reference) : atCommit(reference, folder)}`;
  const name = local ? basename(resolve(reference)) : reference.replace(/@[0-9a-f]{40}$/, "");
  const record = { kind, family, name, identity: id, released: reference };
  return {
    folder,
    row: { id, kind, family, name, location, parents: [], pairSetHash: null, record },
  };
}

/** A name on the Hub with the commit that was found, so that whoever reads the ledger gets the very same. */
function atCommit(reference: string, folder: string): string {
  const commit = commitOfFolder(folder);
  return commit === undefined ? reference : `${reference.replace(/@.*$/, "")}@${commit}`;
}
