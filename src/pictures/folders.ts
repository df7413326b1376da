import { existsSync, readdirSync, realpathSync, type Stats, statSync } from "node:fs";
import { isAbsolute, join, relative } from "node:path";
import { PictureError, StoreError } from "../errors.js";
import { resolveBrought } from "../paths.js";

/** A folder, with what lies in it. */
export interface Folder {
  /** Below the place that was named, with forward slashes; "" for itself. */
  readonly path: string;
  /** Names of its files, sorted by code units. */
  readonly files: readonly string[];
}

/** What counts as a picture by its name. Those that are none that is read are refused by their bytes, not passed over. */
const PICTURE = /\.(png|jpe?g|jfif|webp|gif|bmp|tiff?|avif|heic|heif)$/i;

export function isPictureName(name: string): boolean {
  return PICTURE.test(name);
}

/**
 * The folders below `root`, itself first, each before those in it; names that begin with a dot are passed over. Links are
 * followed inside `root`. Throws PictureError at one that leads out of it, nowhere or round in a circle.
 */
export function* foldersBelow(root: string, path = "", above: readonly string[] = []): Generator<Folder> {
  const here = realpathSync(join(root, path));
  if (above.includes(here))
    throw new PictureError(`${join(root, path)} is a link to a folder that it lies in. Take it out.`);
  const entries = readdirSync(join(root, path), { withFileTypes: true })
    .filter(({ name }) => !name.startsWith("."))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
  const files: string[] = [];
  const folders: string[] = [];
  for (const entry of entries) {
    const below = path === "" ? entry.name : `${path}/${entry.name}`;
    const kind = entry.isSymbolicLink() ? behindLink(root, below) : entry;
    if (kind?.isDirectory()) folders.push(below);
    else if (kind?.isFile()) files.push(entry.name);
  }
  yield { path, files };
  for (const folder of folders) yield* foldersBelow(root, folder, [...above, here]);
}

/** What a link leads to. Where a file that is no picture leads is asked by whoever reads it. */
function behindLink(root: string, path: string): Stats | undefined {
  const found = existsSync(join(root, path)) ? statSync(join(root, path)) : undefined;
  if (!found?.isDirectory() && !isPictureName(path)) return found;
  insideFolder(root, path, path);
  if (found === undefined)
    throw new PictureError(`${join(root, path)} is a link that leads nowhere. Take it out.`);
  return found;
}

/** Every picture below `root`, as paths below it with forward slashes. */
export function* picturesBelow(root: string): Generator<string> {
  for (const { path, files } of foldersBelow(root))
    for (const name of files) if (isPictureName(name)) yield path === "" ? name : `${path}/${name}`;
}

/**
 * Absolute path of the file that `path` names in `folder`, composed or decomposed (NFC, NFD) as its name is kept there, or with the strokes of Windows. Throws
 * PictureError (where) for a path that leads out of the folder.
 */
export function insideFolder(folder: string, path: string, where: string): string {
  const below = isAbsolute(path) ? relative(folder, path) : path;
  const forms = [below, below.normalize("NFC"), below.normalize("NFD"), below.replaceAll("\\", "/")];
  try {
    return resolveBrought(folder, forms.find((form) => existsSync(join(folder, form))) ?? below);
  } catch (cause) {
    if (!(cause instanceof StoreError)) throw cause;
    throw new PictureError(
      `${where}: expected a file inside ${folder}, got ${JSON.stringify(path)}, which leads out of it. ` +
        "Put the file there, and name it relative to that folder.",
      { cause },
    );
  }
}
