import { accessSync, constants, existsSync, realpathSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { ConfigError, StoreError } from "./errors.js";

/** Where everything of a workspace lies. All paths are absolute. */
export interface Workspace {
  readonly root: string;
  /** The ledger (SQLite). */
  readonly database: string;
  /** Bulk data: one folder a stage, one file a shard. */
  readonly arrow: string;
  readonly checkpoints: string;
  readonly reports: string;
}

/** The paths of the workspace at `root` (absolute, or relative to the working directory). Creates nothing. Throws ConfigError without a name. */
export function workspacePaths(root: string): Workspace {
  if (root.trim() === "") {
    throw new ConfigError(`Expected the workspace to be the name of a folder, got ${JSON.stringify(root)}.`);
  }
  const absolute = resolve(root);
  return Object.freeze({
    root: absolute,
    database: join(absolute, "espalier.db"),
    arrow: join(absolute, "arrow"),
    checkpoints: join(absolute, "checkpoints"),
    reports: join(absolute, "reports"),
  });
}

/**
 * Absolute path of `path` below `root`.
 * Throws StoreError when `path` is absolute, climbs out with "..", or leaves through a symbolic link.
 */
export function resolveInside(root: string, path: string): string {
  return resolveWithin(root, path, {
    links: [],
    cure: "Files of a workspace are named relative to its root.",
  });
}

/**
 * The same for a file that data from elsewhere names: in a snapshot of the Hub's cache, links may also lead to the blobs of
 * that repository, where its files are kept (huggingface_hub, "Understand caching").
 */
export function resolveBrought(folder: string, path: string): string {
  const repository = /^(.*[/\\](?:datasets|models|spaces)--[^/\\]+)[/\\]snapshots[/\\]/.exec(
    join(realPath(resolve(folder)), sep),
  )?.[1];
  const links = repository === undefined ? [] : [join(repository, "blobs")];
  return resolveWithin(folder, path, {
    links,
    cure: "Put the file there, and name it relative to that folder.",
  });
}

/** `links`: where links may lead beside the folder itself. */
function resolveWithin(
  root: string,
  path: string,
  { links, cure }: { readonly links: readonly string[]; readonly cure: string },
): string {
  const base = resolve(root);
  const target = resolve(base, path);
  const leaves = isAbsolute(path) || path.includes("\0") || !isBelow(base, target);
  const real = realPath(target);
  if (leaves || ![realPath(base), ...links].some((place) => isBelow(place, real))) {
    throw new StoreError(
      `Path "${path}" leaves its folder: expected a relative path that stays inside ${base}, got ${target}. ${cure}`,
    );
  }
  return target;
}

/** Whether files can be made in a folder: not on a read-only disk, nor in another user's folder. */
export function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** `path` relative to the workspace root, with forward slashes: the form the ledger stores. */
export function relativeTo(root: string, path: string): string {
  const inside = relative(resolve(root), resolveInside(root, isAbsolute(path) ? relative(root, path) : path));
  return inside.split(sep).join("/");
}

/** File of shard `index` of a stage, relative to the workspace root: `arrow/candidates-0f3a…/00007.arrow`. */
export function shardFile(stage: { readonly name: string; readonly id: string }, index: number): string {
  if (!/^[a-z0-9][a-z0-9-]*$/.test(stage.name) || !Number.isInteger(index) || index < 0) {
    throw new StoreError(
      `Shard ${index} of stage "${stage.name}" has no file name: ` +
        "expected a name of lower-case letters, digits and dashes, and an index that counts from 0.",
    );
  }
  return `arrow/${stage.name}-${stage.id}/${String(index).padStart(5, "0")}.arrow`;
}

/** Where what is finished of a shard is kept until all of it is: beside its file, `arrow/candidates-0f3a…/.00007.unfinished`. */
export function unfinishedFile(stage: { readonly name: string; readonly id: string }, index: number): string {
  const [folder, name] = [dirname(shardFile(stage, index)), basename(shardFile(stage, index), ".arrow")];
  return `${folder}/.${name}.unfinished`;
}

function isBelow(base: string, target: string): boolean {
  const path = relative(base, target);
  return path !== ".." && !path.startsWith(`..${sep}`) && !isAbsolute(path);
}

/** The path with links followed, as far as it exists. */
function realPath(path: string): string {
  if (existsSync(path)) return realpathSync(path);
  const parent = dirname(path);
  return parent === path ? path : join(realPath(parent), relative(parent, path));
}
