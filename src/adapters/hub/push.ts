import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { type CommitOperation, commit } from "@huggingface/hub";
import type { Bundle, BundleFile } from "../../records/bundle.js";
import {
  ensureRepository,
  explained,
  type Hub,
  type RemoteFile,
  type Repository,
  remoteFiles,
} from "./hub.js";
import { MANIFEST, type Manifest, type ManifestFile, refuseUnsafe } from "./manifest.js";
import { remoteManifest } from "./pull.js";

export interface PushOptions {
  readonly visibility: "private" | "public";
  /** Hears of each file that is there now. */
  readonly onFile?: (path: string, state: "sent" | "unchanged") => void;
  readonly signal?: AbortSignal;
}

export interface Pushed {
  readonly url: string;
  readonly sent: number;
  readonly unchanged: number;
  readonly deleted: number;
}

/** Files and bytes of one commit: what is sent again at most after an interruption. */
const COMMIT_FILES = 50;
const COMMIT_BYTES = 2 ** 30;

/**
 * Brings a repository to what the bundle says: sends what differs in commits of moderate size, deletes what an earlier
 * push left and this one lacks, and writes the manifest last. The same call goes on where it was interrupted.
 */
export async function pushBundle(
  hub: Hub,
  repository: Repository,
  bundle: Bundle,
  options: PushOptions,
): Promise<Pushed> {
  for (const { path } of bundle.files) refuseUnsafe(path, repository.name);
  await ensureRepository(hub, repository, options.visibility);
  const remote = await remoteFiles(hub, repository);
  const known = await describe(bundle.files);
  const changed = known.filter((one) => !isSame(one, remote.get(one.path)));
  for (const one of known) if (!changed.includes(one)) options.onFile?.(one.path, "unchanged");
  for (const batch of batches(changed)) {
    options.signal?.throwIfAborted();
    await send(hub, repository, `Add ${batch.length} files of ${bundle.title}`, batch.map(addition), options);
    for (const { path } of batch) options.onFile?.(path, "sent");
  }
  const stale = await staleFiles(hub, repository, remote, known);
  const manifest = await describe([{ path: MANIFEST, content: manifestOf(bundle, known) }]);
  const differs = manifest.filter((one) => !isSame(one, remote.get(MANIFEST)));
  const last = [...differs.map(addition), ...stale.map((path) => ({ operation: "delete", path }) as const)];
  if (last.length > 0) await send(hub, repository, `Describe ${bundle.title}`, last, options);
  const { type, name } = repository;
  return {
    url: `${hub.url}/${type === "model" ? "" : `${type}s/`}${name}`,
    sent: changed.length,
    unchanged: known.length - changed.length,
    deleted: stale.length,
  };
}

interface KnownFile extends BundleFile, ManifestFile {
  readonly gitHash: string;
}

/** Sizes and hashes, a file at a time and never whole in memory. */
async function describe(files: readonly BundleFile[]): Promise<KnownFile[]> {
  const known: KnownFile[] = [];
  for (const file of files) {
    const { content } = file;
    const isFile = typeof content === "object" && "file" in content;
    const bytes = isFile ? (await stat(content.file)).size : Buffer.byteLength(content);
    const [sha256, git] = [createHash("sha256"), createHash("sha1").update(`blob ${bytes}\0`)];
    for await (const part of isFile ? createReadStream(content.file) : [content]) {
      sha256.update(part);
      git.update(part);
    }
    known.push({ ...file, bytes, sha256: sha256.digest("hex"), gitHash: git.digest("hex") });
  }
  return known;
}

function isSame({ sha256, gitHash, bytes }: KnownFile, remote: RemoteFile | undefined): boolean {
  if (remote === undefined || remote.size !== bytes) return false;
  return remote.sha256 === sha256 || remote.gitHash === gitHash;
}

function* batches(files: readonly KnownFile[]): Generator<KnownFile[]> {
  let batch: KnownFile[] = [];
  let bytes = 0;
  for (const file of files) {
    if (batch.length > 0 && (batch.length >= COMMIT_FILES || bytes + file.bytes > COMMIT_BYTES)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(file);
    bytes += file.bytes;
  }
  if (batch.length > 0) yield batch;
}

function addition({ path, content }: BundleFile): CommitOperation {
  const isFile = typeof content === "object" && "file" in content;
  const blob = isFile ? pathToFileURL(content.file) : new Blob([content as string | Uint8Array<ArrayBuffer>]);
  return { operation: "addOrUpdate", path, content: blob };
}

function send(
  hub: Hub,
  repository: Repository,
  title: string,
  operations: CommitOperation[],
  { signal }: PushOptions,
): Promise<unknown> {
  const given = {
    ...hub.access,
    repo: repository,
    title,
    operations,
    ...(signal ? { abortSignal: signal } : {}),
  };
  return explained("sending files", repository, () => commit(given));
}

/** Files that an earlier push brought and that are no longer part of it; what others put there is left alone. */
async function staleFiles(
  hub: Hub,
  repository: Repository,
  remote: ReadonlyMap<string, RemoteFile>,
  known: readonly KnownFile[],
): Promise<string[]> {
  if (!remote.has(MANIFEST)) return [];
  const { files } = await remoteManifest(hub, repository, "main");
  const current = new Set(known.map(({ path }) => path));
  return Object.keys(files).filter((path) => remote.has(path) && !current.has(path));
}

function manifestOf({ kind, provenance }: Bundle, known: readonly KnownFile[]): string {
  const files = Object.fromEntries(known.map(({ path, sha256, bytes }) => [path, { sha256, bytes }]));
  return `${JSON.stringify({ format: 1, kind, provenance, files } satisfies Manifest, null, 2)}\n`;
}
