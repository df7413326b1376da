import { existsSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { join, resolve } from "node:path";
import { modelInfo } from "@huggingface/hub";
import { HubError } from "../../errors.js";
import { type Progress, SILENT } from "../../records/progress.js";
import { makeFolder } from "../make-folder.js";
import {
  blobFile,
  cachedCommit,
  lacking,
  nameBlob,
  noteCommit,
  type Part,
  repositoryFolder,
  snapshotFolder,
} from "./cache.js";
import { download, sizeOf } from "./download.js";
import type { HubEnvironment } from "./environment.js";
import { type Hub, openHub, type Repository, remoteFiles } from "./hub.js";
import { filesOfModel, type ModelFile } from "./model-files.js";
import { type ModelName, modelName } from "./model-name.js";
import { explainedModel, type Gated, offlineAndAbsent } from "./model-refusals.js";

export interface ModelRequest {
  /** Revisions by OWNER/NAME, for names that come without one; `main` for others. */
  readonly pins?: Readonly<Record<string, string | undefined>>;
  /** Default "model". */
  readonly part?: Part;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

/** A model's folder when it is on this machine, whole; undefined when something of it is missing. */
export function cachedModel(
  typed: string,
  { cache }: Pick<HubEnvironment, "cache">,
  { pins = {}, part = "model" }: ModelRequest = {},
): string | undefined {
  if (existsSync(typed)) return resolve(typed);
  const name = modelName(typed);
  const root = repositoryFolder(cache, name.repository);
  const commit = cachedCommit(root, revisionOf(name, pins));
  if (commit === undefined) return undefined;
  const folder = join(snapshotFolder(root, commit), name.folder);
  return lacking(folder, part).length === 0 ? folder : undefined;
}

/**
 * The folder of a model: a local one as it is; one of the Hub from the cache, fetched when it is not there. What is in the cache is not
 * asked for again: a branch stands for what it was. Throws HubError when it cannot be had, saying what to do.
 */
export async function resolveModel(
  typed: string,
  environment: HubEnvironment,
  request: ModelRequest = {},
): Promise<string> {
  const cached = cachedModel(typed, environment, request);
  if (cached !== undefined) return cached;
  const name = modelName(typed);
  const revision = revisionOf(name, request.pins ?? {});
  if (environment.offline) throw offlineAndAbsent(name, revision, environment.cache);
  const root = repositoryFolder(environment.cache, name.repository);
  const { signal, progress } = request;
  const hub = openHub(environment, { signal, onWait: (text) => progress?.note(text) });
  const commit = await fetchModel(hub, root, { ...request, name, revision });
  return join(snapshotFolder(root, commit), name.folder);
}

function revisionOf({ repository, revision }: ModelName, pins: NonNullable<ModelRequest["pins"]>): string {
  return revision ?? pins[repository] ?? "main";
}

type Fetching = ModelRequest & { readonly name: ModelName; readonly revision: string };

async function fetchModel(hub: Hub, root: string, fetching: Fetching): Promise<string> {
  const { name, revision, part = "model", progress = SILENT } = fetching;
  const repository: Repository = { type: "model", name: name.repository };
  const { commit, gated } = await commitOf(hub, name, revision);
  const files = await explainedModel(hub, name, revision, gated, () =>
    remoteFiles(hub, repository, commit),
  ).then((found) => filesOfModel(found, name, part));
  const there = await bytesThere(root, files);
  await refuseFullDisk(root, sizeOfAll(files) - there);
  const task = countingMegabytes(progress, name.repository, sizeOfAll(files), there);
  try {
    for (const file of files) {
      await explainedModel(hub, name, revision, gated, () =>
        fetchFile(hub, root, {
          ...fetching,
          repository,
          commit,
          file,
          onBytes: task.advance,
        }),
      );
    }
  } finally {
    task.end();
  }
  await noteCommit(root, revision, commit);
  return commit;
}

async function commitOf(hub: Hub, name: ModelName, revision: string) {
  const { repository } = name;
  const found = await explainedModel(hub, name, revision, false, () =>
    modelInfo({ ...hub.access, name: repository, revision, additionalFields: ["sha"] }),
  );
  if (!/^[0-9a-f]{40}$/.test(found.sha)) {
    throw new HubError(`${hub.url} named no commit of ${repository} at "${revision}". Is it a Hub?`);
  }
  return { commit: found.sha, gated: found.gated as Gated };
}

interface FileFetching extends Fetching {
  readonly repository: Repository;
  readonly commit: string;
  readonly file: ModelFile;
  readonly onBytes: (count: number) => void;
}

async function fetchFile(hub: Hub, root: string, fetching: FileFetching): Promise<void> {
  const { repository, commit, file, signal, onBytes } = fetching;
  const { path, size, sha256, gitHash } = file;
  signal?.throwIfAborted();
  const digest = sha256 ? { sha256 } : { git: gitHash ?? "" };
  const hash = sha256 ?? gitHash ?? "";
  const blob = blobFile(root, hash);
  if (!existsSync(blob)) {
    const changed = () =>
      new HubError(
        `${repository.name}: "${path}" is not what the Hub says it is: it came damaged. Run the command again.`,
      );
    const wanted = { path, target: blob, partial: `${blob}.incomplete`, bytes: size, digest };
    await download(hub, repository, { revision: commit, signal, onBytes, changed }, wanted);
  }
  await nameBlob(root, commit, path, hash);
}

/** How much of a model is in the cache, the beginnings of files counted. */
async function bytesThere(root: string, files: readonly ModelFile[]): Promise<number> {
  let bytes = 0;
  for (const { size, sha256, gitHash } of files) {
    const blob = blobFile(root, sha256 ?? gitHash ?? "");
    bytes += existsSync(blob) ? size : Math.min(size, await sizeOf(`${blob}.incomplete`));
  }
  return bytes;
}

function sizeOfAll(files: readonly ModelFile[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}

/** Throws HubError when what is still to come does not fit on the disk. */
async function refuseFullDisk(root: string, needed: number): Promise<void> {
  makeFolder(root);
  const { bavail, bsize } = await statfs(root);
  if (needed <= bavail * bsize) return;
  const gigabytes = (bytes: number) => (bytes / 1e9).toFixed(1);
  throw new HubError(
    `${root} needs ${gigabytes(needed)} GB more, the disk has ${gigabytes(bavail * bsize)} GB left. ` +
      "Make room, or name another folder in the variable HF_HUB_CACHE.",
  );
}

/** A task that is told of bytes and tells of whole megabytes. */
function countingMegabytes(progress: Progress, name: string, total: number, there: number) {
  const whole = (bytes: number) => Math.floor(bytes / 1e6);
  const task = progress.start(name, Math.ceil(total / 1e6), "MB", whole(there));
  let bytes = there;
  return {
    advance: (count: number) => {
      const before = whole(bytes);
      bytes += count;
      if (whole(bytes) !== before) task.advance(whole(bytes) - before);
    },
    end: () => task.end(),
  };
}
