import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, existsSync } from "node:fs";
import { rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileDownloadInfo } from "@huggingface/hub";
import { HubError } from "../../errors.js";
import { makeFolder } from "../make-folder.js";
import { explained, type Hub, type Repository } from "./hub.js";

/** A file to fetch, and what it must turn out to be. */
export interface Wanted {
  readonly path: string;
  /** The name it takes when it is whole and right. */
  readonly target: string;
  /** Where it grows; a later download goes on with what is there. */
  readonly partial: string;
  readonly bytes: number;
  readonly digest: Digest;
}

/** A hash in lower-case hex: of the content, or of the git blob with that content. */
export type Digest = { readonly sha256: string } | { readonly git: string };

export interface DownloadOptions {
  /** A branch, tag or commit. */
  readonly revision: string;
  readonly signal?: AbortSignal | undefined;
  /** Hears of bytes as they come; of fewer than none, when a file must begin anew. */
  readonly onBytes?: ((count: number) => void) | undefined;
  /** What to say when the repository holds another file than wanted. */
  readonly changed: (path: string) => HubError;
}

/** Broken connections of one file, in a row without a byte, before giving up. */
const MOST_BREAKS = 3;

/** Fetches a file; a cut download goes on where it stopped. Throws HubError when it breaks off or is not what it should be. */
export async function download(
  hub: Hub,
  repository: Repository,
  options: DownloadOptions,
  wanted: Wanted,
): Promise<void> {
  const { path, bytes, partial, target } = wanted;
  const { revision, changed } = options;
  makeFolder(dirname(partial));
  const info = await explained(`finding "${path}"`, repository, () =>
    fileDownloadInfo({ ...hub.access, repo: repository, path, revision }),
  );
  if (info === null || info.size !== bytes) throw changed(path);
  await grow(hub, repository, options, { ...wanted, url: info.url });
  if (!(await agrees(partial, wanted.digest))) {
    await rm(partial, { force: true });
    throw changed(path);
  }
  makeFolder(dirname(target));
  await rename(partial, target);
}

async function grow(
  hub: Hub,
  repository: Repository,
  { signal, onBytes }: DownloadOptions,
  { path, bytes, partial, url }: Wanted & { readonly url: string },
): Promise<void> {
  let there = await sizeOf(partial);
  if (there > bytes) there = 0;
  for (let breaks = 0; there < bytes || bytes === 0; ) {
    const before = there;
    const broken = await explained(`fetching "${path}"`, repository, () =>
      fetchFrom(hub, { url, partial, start: before, signal, onBytes }),
    );
    there = await sizeOf(partial);
    if (there > bytes) break;
    if (broken === undefined && there === bytes) break;
    breaks = there > before ? 0 : breaks + 1;
    if (breaks < MOST_BREAKS) continue;
    throw new HubError(
      `${repository.name}: "${path}" broke off at ${there} of ${bytes} bytes. Run the command again: it goes on there.`,
      { cause: broken },
    );
  }
}

interface Growth {
  readonly url: string;
  readonly partial: string;
  readonly start: number;
  readonly signal: AbortSignal | undefined;
  readonly onBytes: ((count: number) => void) | undefined;
}

/** Appends a file's bytes from `start` on; returns what broke the connection, if anything did. */
async function fetchFrom(
  { fetch, access }: Hub,
  { url, partial, start, signal, onBytes }: Growth,
): Promise<Error | undefined> {
  const { accessToken } = access;
  const headers = {
    ...(start > 0 ? { range: `bytes=${start}-` } : {}),
    ...(accessToken && new URL(url).origin === new URL(access.hubUrl).origin
      ? { authorization: `Bearer ${accessToken}` }
      : {}),
  };
  const response = await fetch(url, { headers, ...(signal ? { signal } : {}) });
  if (!response.ok || response.body === null) throw refusal(response.status);
  // A server that does not know ranges sends the whole file.
  const flags = start > 0 && response.status === 206 ? "a" : "w";
  if (flags === "w" && start > 0) onBytes?.(-start);
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      onBytes?.(chunk.length);
      done(null, chunk);
    },
  });
  try {
    await pipeline(Readable.fromWeb(response.body), counted, createWriteStream(partial, { flags }));
    return undefined;
  } catch (error) {
    signal?.throwIfAborted();
    if ((error as NodeJS.ErrnoException).code === "ENOSPC") throw error;
    return error as Error;
  }
}

function refusal(status: number): HubError {
  return new HubError(
    `A file could not be fetched: the Hub answered ${status}. Run the command again: what was fetched is kept.`,
  );
}

/** Bytes of a file; 0 where there is none. */
export async function sizeOf(file: string): Promise<number> {
  return existsSync(file) ? (await stat(file)).size : 0;
}

/** Whether a file has a hash. */
export async function agrees(file: string, digest: Digest): Promise<boolean> {
  const isGit = "git" in digest;
  const hash = createHash(isGit ? "sha1" : "sha256");
  if (isGit) hash.update(`blob ${await sizeOf(file)}\0`);
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex") === (isGit ? digest.git : digest.sha256);
}
