import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync } from "node:fs";
import { cp, rename, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { type CheckpointKind, readRecord } from "../../adapters/checkpoint-record.js";
import type { Store } from "../../adapters/store/index.js";
import { nearestName } from "../../config/nearest-name.js";
import { CheckpointError } from "../../errors.js";
import { resolveInside } from "../../paths.js";
import { type CheckpointRow, checkpointRow, type KnownCheckpoint } from "../known-checkpoint.js";
import { checkpointOfWorkspace } from "./of-workspace.js";
import { registerCheckpoint, registerRow } from "./register-checkpoint.js";

/** Where checkpoints are looked for. */
export interface CheckpointPlaces {
  /** Null while there is no workspace yet. */
  readonly store: Store | null;
  /** Folder of the bundled models, one folder each. */
  readonly models: string;
  /** Finds models that others released, by folder or name of the Hub; absent where only our own folders are read. */
  readonly outside?: FindOutside | undefined;
}

/** A released model and where it lies; undefined when nothing of that name can be one. Throws CheckpointError or HubError. */
export type FindOutside = (
  reference: string,
  kind: CheckpointKind,
) => Promise<{ readonly folder: string; readonly row: CheckpointRow } | undefined>;

const BUNDLED = "bundled:";
/** What stands before the name of a released model in the ledger. */
export const OUTSIDE = "outside:";

/**
 * A checkpoint by bundled name, by id or name in the workspace, by "RUN/round-K", or by folder; its files are checked against their
 * hashes. A folder from outside is copied into the workspace, so that the run can be repeated without it; a model that
 * others released stays where it is.
 * Throws CheckpointError when there is none (with the nearest name), or it is damaged or of another kind.
 */
export async function findCheckpoint(
  reference: string,
  kind: CheckpointKind,
  places: CheckpointPlaces,
): Promise<KnownCheckpoint> {
  const { store, models } = places;
  if (bundledNames(models).includes(reference)) {
    return registerCheckpoint(store, join(models, reference), kind, `${BUNDLED}${reference}`);
  }
  const ofRound = store ? roundCheckpoint(reference, store) : undefined;
  const released =
    ofRound === undefined ? await places.outside?.(asFirstMet(reference, kind, store), kind) : undefined;
  if (released !== undefined) return registerRow(store, released.folder, released.row);
  const row = store?.checkpoints.find(ofRound ?? reference);
  if (row?.kind === "outside") throw noWeights(row.name, kind);
  if (row?.location.startsWith(OUTSIDE)) return foundAgain(row, kind, places);
  if (store && row) return checkpointOfWorkspace(row, folderOf(row.location, places), kind, store);
  if (existsSync(join(resolve(reference), "checkpoint.json"))) {
    return bringIn(resolve(reference), kind, store);
  }
  throw unknownCheckpoint(reference, kind, places);
}

/** A branch of the Hub stays, for a workspace, the commit that it was when the workspace first met it. */
function asFirstMet(reference: string, kind: CheckpointKind, store: Store | null): string {
  const row = store?.checkpoints
    .list()
    .find((one) => one.kind === kind && one.record["released"] === reference && one.location.includes("@"));
  return row?.location.slice(OUTSIDE.length) ?? reference;
}

/** A released model that the ledger knows. Throws CheckpointError when it is gone, or is not what it was. */
async function foundAgain(
  { id, location }: { readonly id: string; readonly location: string },
  kind: CheckpointKind,
  { outside }: CheckpointPlaces,
): Promise<KnownCheckpoint> {
  const name = location.slice(OUTSIDE.length);
  const found = await outside?.(name, kind);
  if (found?.row.id === id) return { identity: id, name: found.row.name, folder: found.folder, location };
  throw new CheckpointError(
    `Expected ${name} to hold the ${kind} ${id.slice(0, 12)} that the workspace knows, got ${found?.row.id.slice(0, 12) ?? "nothing"}. ` +
      "Name the family of its models, or bring the model back to where it was.",
  );
}

/** What a finished round is named by: "RUN/round-K". */
export const ROUND_REFERENCE = /^(?<run>[a-z0-9-]+)\/round-(?<round>\d+)$/;

/** Identity of what a round of a run made, by "RUN/round-K"; undefined for other references and rounds under way. */
function roundCheckpoint(reference: string, store: Store): string | undefined {
  const { run, round } = ROUND_REFERENCE.exec(reference)?.groups ?? {};
  if (run === undefined) return undefined;
  return store.rounds.find(run, Number(round))?.toCheckpoint ?? undefined;
}

/** Absolute folder of a checkpoint's location in the ledger. */
export function folderOf(location: string, { store, models }: CheckpointPlaces): string {
  return folderBelow(location, { root: store?.workspace.root, models });
}

function folderBelow(location: string, { root, models }: { root: string | undefined; models: string }) {
  if (location.startsWith(BUNDLED)) return join(models, location.slice(BUNDLED.length));
  if (location.startsWith(OUTSIDE)) return location.slice(OUTSIDE.length);
  if (root === undefined)
    throw new CheckpointError(`Checkpoint ${location} is in a workspace, but none is open.`);
  return resolveInside(root, location);
}

/**
 * The folder of a checkpoint that another process named, without a ledger at hand; its files are checked against their
 * hashes. Throws CheckpointError when it is not the one that was named.
 */
export async function checkedFolder(
  { location, identity }: Pick<KnownCheckpoint, "location" | "identity">,
  kind: CheckpointKind,
  places: Omit<CheckpointPlaces, "store"> & { readonly root: string },
): Promise<string> {
  if (location.startsWith(OUTSIDE)) {
    return (await foundAgain({ id: identity, location }, kind, { ...places, store: null })).folder;
  }
  const folder = folderBelow(location, places);
  const { id } = checkpointRow(folder, kind, location);
  if (id === identity) return folder;
  throw new CheckpointError(
    `${folder} holds other weights: expected ${kind} ${identity}, got ${id}. Every process must see the same models.`,
  );
}

async function bringIn(folder: string, kind: CheckpointKind, store: Store | null): Promise<KnownCheckpoint> {
  if (store === null || store.readOnly) return registerCheckpoint(null, folder, kind, folder);
  const { name, identity } = readRecord(folder, kind);
  const location = `checkpoints/${name}-${identity.slice(0, 12)}`;
  const target = resolveInside(store.workspace.root, location);
  if (isWhole(target, kind)) return registerCheckpoint(store, target, kind, location);
  const partial = `${target}.partial`;
  await rm(partial, { recursive: true, force: true });
  await cp(folder, partial, { recursive: true });
  await rm(target, { recursive: true, force: true });
  await rename(partial, target);
  return registerCheckpoint(store, target, kind, location, () => removeBrought(target));
}

/** Whether a folder of the workspace holds what was brought in before; a damaged copy is made anew. */
function isWhole(target: string, kind: CheckpointKind): boolean {
  try {
    checkpointRow(target, kind, target);
    return true;
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    return false;
  }
}

function removeBrought(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  if (readdirSync(dirname(folder)).length === 0) rmdirSync(dirname(folder));
}

/** Names of the models in the folder of the bundled ones. */
export function bundledNames(models: string): string[] {
  if (!existsSync(models)) return [];
  return readdirSync(models).filter((name) => existsSync(join(models, name, "checkpoint.json")));
}

function noWeights(name: string, kind: CheckpointKind): CheckpointError {
  return new CheckpointError(
    `Expected a ${kind}, got ${name}, a source of pictures that were brought from elsewhere: its weights are not here. ` +
      "Its pictures can be scored, paired, reviewed, exported and compared.",
  );
}

function unknownCheckpoint(
  reference: string,
  kind: CheckpointKind,
  { store, models, outside }: CheckpointPlaces,
) {
  const trained = (store?.checkpoints.list() ?? []).filter((one) => one.kind === kind);
  const bundled = bundledNames(models).filter((name) => kindOf(join(models, name)) === kind);
  const known = [...new Set([...bundled, ...trained.map(({ name }) => name)])].sort();
  const near = nearestName(reference, known);
  return new CheckpointError(
    `Expected a ${kind} by name, id, folder${outside ? ", OWNER/NAME on the Hub" : ""} or finished round (RUN/round-K), got "${reference}"${near ? `; did you mean "${near}"?` : ""} ` +
      `Known: ${known.join(", ") || "none"} (bundled ones are in ${models}).`,
  );
}

function kindOf(folder: string): unknown {
  return (JSON.parse(readFileSync(join(folder, "checkpoint.json"), "utf8")) as { kind?: unknown }).kind;
}
