import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { copyFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { HubError } from "../../errors.js";
import { makeFolder } from "../make-folder.js";

/** What of a model is wanted: all of it, or what turns text into ids. */
export type Part = "model" | "tokenizer";

/** The folder of a model's repository in the cache, laid out as huggingface_hub lays it out. */
export function repositoryFolder(cache: string, repository: string): string {
  return join(cache, `models--${repository.replaceAll("/", "--")}`);
}

/** Where a commit's files lie. */
export function snapshotFolder(root: string, commit: string): string {
  return join(root, "snapshots", commit);
}

/** Where content lies, by its hash. */
export function blobFile(root: string, hash: string): string {
  return join(root, "blobs", hash);
}

/** The commit whose files a folder of the cache holds; undefined for a folder elsewhere. */
export function commitOfFolder(folder: string): string | undefined {
  return /[\\/]models--[^\\/]+[\\/]snapshots[\\/]([0-9a-f]{40})(?=[\\/]|$)/.exec(folder)?.[1];
}

const COMMIT = /^[0-9a-f]{40}$/;

/** The commit that a revision stood for when it was last asked for; undefined when it never was. */
export function cachedCommit(root: string, revision: string): string | undefined {
  if (COMMIT.test(revision)) return revision;
  const file = join(root, "refs", revision);
  return existsSync(file) ? readFileSync(file, "utf8").trim() : undefined;
}

/** Notes what commit a branch or tag stands for. */
export async function noteCommit(root: string, revision: string, commit: string): Promise<void> {
  if (COMMIT.test(revision)) return;
  const file = join(root, "refs", revision);
  makeFolder(dirname(file));
  await writeFile(file, commit);
}

/** Gives content its name in a snapshot: a relative link, or a copy where links are not allowed. */
export async function nameBlob(root: string, commit: string, path: string, hash: string): Promise<void> {
  const target = join(snapshotFolder(root, commit), path);
  if (existsSync(target)) return;
  makeFolder(dirname(target));
  await rm(target, { force: true });
  const blob = blobFile(root, hash);
  try {
    await symlink(relative(dirname(target), blob), target);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EEXIST") return;
    await copyFile(blob, `${target}.copying`);
    await rename(`${target}.copying`, target);
  }
}

/**
 * What a folder lacks of a model; empty when it is whole. Weights are fetched last, so a folder that has all of
 * them has the rest. Throws HubError when it has pickles only.
 */
export function lacking(folder: string, part: Part): readonly string[] {
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => isThere(join(folder, name))) : [];
  if (part === "tokenizer") return names.some(isTokenizer) ? [] : ["tokenizer"];
  const indexes = names.filter((name) => name.endsWith(".safetensors.index.json"));
  const shards = indexes.flatMap((name) => shardsOf(join(folder, name)));
  if (shards.length > 0) return [...new Set(shards)].filter((name) => !isThere(join(folder, name)));
  return names.some((name) => name.endsWith(".safetensors")) ? [] : ["weights"];
}

/** Whether a file is there with all its bytes: a link into the cache may lead nowhere. */
function isThere(file: string): boolean {
  return existsSync(file) && statSync(file).size > 0;
}

function isTokenizer(name: string): boolean {
  return ["tokenizer.json", "vocab.json", "vocab.txt", "tokenizer.model", "spiece.model"].includes(name);
}

function shardsOf(index: string): string[] {
  try {
    const { weight_map } = JSON.parse(readFileSync(index, "utf8")) as { weight_map: Record<string, string> };
    return Object.values(weight_map);
  } catch (cause) {
    throw new HubError(`${index} is no index of weights. Delete it and fetch the model again.`, { cause });
  }
}
