import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, existsSync } from "node:fs";
import { mkdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { downloadFile, fileDownloadInfo } from "@huggingface/hub";
import { HubError } from "../../errors.js";
import { resolveInside } from "../../paths.js";
import type { BundleKind } from "../../records/bundle.js";
import { explained, type Hub, type Repository } from "./hub.js";
import { MANIFEST, type Manifest, type ManifestFile, readManifest } from "./manifest.js";

export interface PullOptions {
  readonly folder: string;
  /** What the repository must hold. */
  readonly kind: BundleKind;
  /** A branch, tag or commit. */
  readonly revision: string;
  /** Hears of each file that is there now. */
  readonly onFile?: (path: string, state: "fetched" | "unchanged") => void;
  readonly signal?: AbortSignal;
}

export interface Pulled {
  readonly manifest: Manifest;
  readonly fetched: number;
  readonly unchanged: number;
}

/** A manifest is short; anything longer is none. */
const MOST_MANIFEST_BYTES = 32 * 2 ** 20;
/** Broken connections of one file, in a row without a byte, before giving up. */
const MOST_BREAKS = 3;

/**
 * Fetches what the repository's manifest names into a folder, each file checked against its hash before it takes its
 * name. Files that are there already are kept; a cut download goes on where it stopped. Throws HubError when the
 * repository has no manifest, names an unsafe file, or a file is not what the manifest says.
 */
export async function pullBundle(hub: Hub, repository: Repository, options: PullOptions): Promise<Pulled> {
  const { folder, kind, revision, onFile } = options;
  const manifest = await remoteManifest(hub, repository, revision);
  if (manifest.kind !== kind) {
    throw new HubError(`Expected ${kind} in ${repository.name}, got ${manifest.kind}: pull that kind.`);
  }
  // Every path is looked at before the first file is written.
  const files = Object.entries(manifest.files).map(([path, file]) => ({
    path,
    file,
    target: resolveInside(folder, path),
  }));
  let fetched = 0;
  for (const { path, file, target } of files) {
    options.signal?.throwIfAborted();
    const isThere = existsSync(target) && (await hashOf(target)) === file.sha256;
    if (!isThere) {
      await fetchFile(hub, repository, options, { path, file, target });
      fetched += 1;
    }
    onFile?.(path, isThere ? "unchanged" : "fetched");
  }
  await writeFile(resolveInside(folder, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
  return { manifest, fetched, unchanged: files.length - fetched };
}

/** The manifest of a repository. Throws HubError when there is none. */
export async function remoteManifest(hub: Hub, repository: Repository, revision: string): Promise<Manifest> {
  const { name } = repository;
  const blob = await explained("reading its manifest", repository, () =>
    downloadFile({ ...hub.access, repo: repository, path: MANIFEST, revision, xet: false }),
  );
  if (blob === null || blob.size > MOST_MANIFEST_BYTES) {
    throw new HubError(
      `${name}: expected ${MANIFEST} at "${revision}": only what espalier pushed can be pulled.`,
    );
  }
  return readManifest(await explained("reading its manifest", repository, () => blob.text()), name);
}

interface Wanted {
  readonly path: string;
  readonly file: ManifestFile;
  readonly target: string;
}

async function fetchFile(
  hub: Hub,
  repository: Repository,
  { revision, signal }: PullOptions,
  { path, file, target }: Wanted,
): Promise<void> {
  const partial = `${target}.partial`;
  await mkdir(dirname(target), { recursive: true });
  const info = await explained(`finding "${path}"`, repository, () =>
    fileDownloadInfo({ ...hub.access, repo: repository, path, revision }),
  );
  if (info === null || info.size !== file.bytes) throw changed(repository, path);
  let there = await sizeOf(partial);
  if (there > file.bytes) there = 0;
  for (let breaks = 0; there < file.bytes || file.bytes === 0; ) {
    const before = there;
    const broken = await explained(`fetching "${path}"`, repository, () =>
      fetchFrom(hub, info.url, partial, there, signal),
    );
    there = await sizeOf(partial);
    if (there > file.bytes) break;
    if (broken === undefined && there === file.bytes) break;
    breaks = there > before ? 0 : breaks + 1;
    if (breaks < MOST_BREAKS) continue;
    throw new HubError(
      `${repository.name}: "${path}" broke off at ${there} of ${file.bytes} bytes. Pull again: it goes on there.`,
      { cause: broken },
    );
  }
  if ((await hashOf(partial)) !== file.sha256) {
    await rm(partial, { force: true });
    throw changed(repository, path);
  }
  await rename(partial, target);
}

/** Appends a file's bytes from `start` on; returns what broke the connection, if anything did. */
async function fetchFrom(
  { fetch, access }: Hub,
  url: string,
  partial: string,
  start: number,
  signal: AbortSignal | undefined,
): Promise<Error | undefined> {
  const { accessToken } = access;
  const headers = {
    ...(start > 0 ? { range: `bytes=${start}-` } : {}),
    ...(accessToken && new URL(url).origin === new URL(access.hubUrl).origin
      ? { authorization: `Bearer ${accessToken}` }
      : {}),
  };
  const response = await fetch(url, { headers, ...(signal ? { signal } : {}) });
  if (!response.ok || response.body === null) {
    throw new HubError(`A file could not be fetched: the Hub answered ${response.status}. Pull again.`);
  }
  // A server that does not know ranges sends the whole file.
  const flags = start > 0 && response.status === 206 ? "a" : "w";
  try {
    await pipeline(Readable.fromWeb(response.body), createWriteStream(partial, { flags }));
    return undefined;
  } catch (error) {
    signal?.throwIfAborted();
    if ((error as NodeJS.ErrnoException).code === "ENOSPC") throw error;
    return error as Error;
  }
}

async function sizeOf(file: string): Promise<number> {
  return existsSync(file) ? (await stat(file)).size : 0;
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}

function changed({ name }: Repository, path: string): HubError {
  return new HubError(
    `${name}: "${path}" is not what ${MANIFEST} says it is. It was changed, or is being pushed now: pull again, or do not trust it.`,
  );
}
