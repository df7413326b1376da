import { existsSync } from "node:fs";
import { rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { downloadFile } from "@huggingface/hub";
import { HubError } from "../../errors.js";
import { resolveInside } from "../../paths.js";
import type { BundleKind } from "../../records/bundle.js";
import { makeFolder } from "../make-folder.js";
import { agrees, download } from "./download.js";
import { explained, type Hub, type Repository } from "./hub.js";
import { MANIFEST, type Manifest, readManifest } from "./manifest.js";
import { refuseLinks } from "./refuse-links.js";

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
  for (const path of [...Object.keys(manifest.files), MANIFEST]) {
    refuseLinks(folder, path);
    refuseLinks(folder, partialOf(path), "written on");
  }
  const files = Object.entries(manifest.files).map(([path, file]) => ({
    path,
    file,
    target: resolveInside(folder, path),
  }));
  let fetched = 0;
  const how = { revision, signal: options.signal, changed: (path: string) => changed(repository, path) };
  for (const { path, file, target } of files) {
    options.signal?.throwIfAborted();
    const digest = { sha256: file.sha256 };
    const isThere = existsSync(target) && (await agrees(target, digest));
    if (!isThere) {
      // Other programs may have been here since.
      refuseLinks(folder, partialOf(path), "written on");
      const partial = partialOf(target);
      await download(hub, repository, how, { path, target, partial, bytes: file.bytes, digest });
      fetched += 1;
    }
    onFile?.(path, isThere ? "unchanged" : "fetched");
  }
  const last = resolveInside(folder, MANIFEST);
  makeFolder(dirname(last));
  await writeFile(partialOf(last), `${JSON.stringify(manifest, null, 2)}\n`);
  await rename(partialOf(last), last);
  return { manifest, fetched, unchanged: files.length - fetched };
}

/** Where a file grows until it is whole. */
function partialOf(path: string): string {
  return `${path}.partial`;
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

function changed({ name }: Repository, path: string): HubError {
  return new HubError(
    `${name}: "${path}" is not what ${MANIFEST} says it is. It was changed, or is being pushed now: pull again, or do not trust it.`,
  );
}
