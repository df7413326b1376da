import { createReadStream, readFileSync } from "node:fs";
import { StoreError } from "../../errors.js";
import { secretIn } from "../../machine/secrets.js";
import type { Bundle, BundleFile } from "../../records/bundle.js";
import { placeIn, withoutPlaces } from "./own-places.js";

const TEXT = /\.(json|jsonl|txt|md|html|svg)$/;
/** Longer than any path or token, so that none hides between two pieces of a file. */
const OVERLAP = 4096;

/**
 * A bundle as it may leave this machine: paths of its places in texts and provenance are cut down to their last names. Throws
 * StoreError where a file holds what looks like a token, a password or a key, or where bytes that are no text name such a place.
 */
export async function cleanedBundle(bundle: Bundle, places: readonly string[]): Promise<Bundle> {
  const files: BundleFile[] = [];
  for (const file of bundle.files) files.push(await cleanedFile(file, places));
  const provenance = cleanedText(JSON.stringify(bundle.provenance), places, "provenance");
  return { ...bundle, files, provenance: JSON.parse(provenance) };
}

/** A text without paths of this machine. Throws StoreError where it holds a secret. */
export function cleanedText(text: string, places: readonly string[], name: string): string {
  const secret = secretIn(text);
  if (secret !== undefined) throw secretFound(name, secret);
  return withoutPlaces(text, places);
}

/** A file of a bundle, its text read and cleaned; of other kinds the bytes are looked through. Throws as `cleanedBundle`. */
export async function cleanedFile(file: BundleFile, places: readonly string[]): Promise<BundleFile> {
  const { path, content } = file;
  if (typeof content === "string") return { path, content: cleanedText(content, places, path) };
  const isFile = "file" in content;
  if (isFile && TEXT.test(path)) {
    return { path, content: cleanedText(readFileSync(content.file, "utf8"), places, path) };
  }
  let before = Buffer.alloc(0);
  for await (const piece of isFile ? createReadStream(content.file) : [content]) {
    const bytes = Buffer.concat([before, piece as Uint8Array]);
    refuseBytes(path, bytes, places);
    before = bytes.subarray(-OVERLAP);
  }
  return file;
}

function refuseBytes(path: string, bytes: Buffer, places: readonly string[]): void {
  const secret = secretIn(bytes.toString("latin1"));
  if (secret !== undefined) throw secretFound(path, secret);
  const place = placeIn(bytes, places);
  if (place === undefined) return;
  throw new StoreError(
    `${path} names ${place}, a folder of this machine, and cannot be published as it is: nothing was sent. Make the file again ` +
      "without it.",
  );
}

function secretFound(path: string, secret: string): StoreError {
  return new StoreError(
    `${path} holds what looks like a token, a password or a key (${secret.slice(0, 4)}...): nothing was sent. Take it out where it ` +
      "came from, and make it invalid if it was shown to anybody.",
  );
}
