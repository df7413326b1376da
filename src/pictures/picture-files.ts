import { createHash } from "node:crypto";
import { existsSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, isAbsolute, join } from "node:path";
import { openAtomicFile } from "../adapters/atomic-file.js";
import { decodeImage, thumbnailOf } from "../adapters/images/index.js";
import { MOST } from "../config/limits.js";
import { StoreError } from "../errors.js";
import { isWritable, resolveInside } from "../paths.js";
import type { ImageHandle } from "../records/image.js";
import type { StoredPicture } from "../records/picture.js";

/** What is needed to find a picture: its hash, and where it lies. */
export type PlacedPicture = Pick<StoredPicture, "sha256" | "place">;

/** A picture as an image: its bytes as they came, its pixels as they are shown. */
export interface PictureImage extends ImageHandle {
  encoded(): Promise<Uint8Array>;
}

/** The pictures of the workspace at `root`. Nothing of them is kept in memory. */
export interface PictureFiles {
  /** Absolute. */
  path(picture: PlacedPicture): string;
  /** The bytes, checked against their hash. Throws StoreError where they are gone or others. */
  bytes(picture: PlacedPicture): Promise<Uint8Array>;
  image(picture: PlacedPicture): PictureImage;
  /** A JPEG with no side longer than `side` pixels, made once and kept in a cache that may be deleted. */
  thumbnail(picture: PlacedPicture, side: number): Promise<Uint8Array>;
  /** Whether a file is there, of whatever bytes. */
  has(place: string): boolean;
  /** Copies bytes into the workspace, where they are not there yet. */
  keep(sha256: string, bytes: Uint8Array): void;
  /** Takes a copy away, and the folders that were made for copies alone. */
  forget(sha256: string): void;
}

export function pictureFiles(root: string): PictureFiles {
  const wasThere = existsSync(root);
  const path = ({ place }: Pick<PlacedPicture, "place">) =>
    isAbsolute(place) ? place : resolveInside(root, place);
  const bytes = async (picture: PlacedPicture) => checked(picture, await read(path(picture), picture));
  return {
    path,
    bytes,
    image: (picture) => ({
      encoded: () => bytes(picture),
      // How many it may have was asked when it was imported.
      pixels: async () => decodeImage(await bytes(picture), MOST.picturePixels),
    }),
    thumbnail: async (picture, side) => {
      const file = resolveInside(root, join(CACHE, String(side), `${picture.sha256}.jpg`));
      if (existsSync(file)) return readFile(file);
      const made = await thumbnailOf(await bytes(picture), side);
      if (isWritable(root)) write(file, made);
      return made;
    },
    has: (place) => existsSync(path({ place })),
    keep: (sha256, copied) => {
      const file = resolveInside(root, keptPlace(sha256));
      if (!existsSync(file)) write(file, copied);
    },
    forget: (sha256) => {
      const file = resolveInside(root, keptPlace(sha256));
      rmSync(file, { force: true });
      for (const folder of wasThere ? [dirname(file)] : [dirname(file), root]) removeEmpty(folder);
    },
  };
}

const CACHE = "cache/thumbnails";

/** Where a copied picture lies, relative to the workspace. */
export function keptPlace(sha256: string): string {
  return `pictures/${sha256}`;
}

function removeEmpty(folder: string): void {
  if (existsSync(folder) && readdirSync(folder).length === 0) rmdirSync(folder);
}

function write(file: string, bytes: Uint8Array): void {
  const output = openAtomicFile(file);
  output.write(bytes);
  output.commit();
}

async function read(file: string, picture: PlacedPicture): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new StoreError(`${named(file, picture)} cannot be read (${code}). ${CURE}`, { cause });
  }
}

function checked(picture: PlacedPicture, bytes: Uint8Array): Uint8Array {
  const found = createHash("sha256").update(bytes).digest("hex");
  if (found === picture.sha256) return bytes;
  throw new StoreError(
    `${named(picture.place, picture)} has changed since it was imported: expected sha256 ${picture.sha256.slice(0, 12)}, ` +
      `got ${found.slice(0, 12)} (${bytes.length} bytes). ${CURE}`,
  );
}

function named(file: string, { sha256 }: PlacedPicture): string {
  return `Picture ${file} (sha256 ${sha256.slice(0, 12)})`;
}

const CURE =
  "Bring the file back as it was, or import the pictures again from where they are now (espalier import-images): " +
  "what has the same bytes is found there.";
