import { createHash } from "node:crypto";
import { looksOf, UndecodableImageError } from "../../adapters/images/index.js";
import { structureIn } from "../../adapters/prompt-file.js";
import { openSpool, type Spool, type Store } from "../../adapters/store/index.js";
import { PictureError } from "../../errors.js";
import { inOrder } from "../../pictures/in-order.js";
import { keptPlace, type PictureFiles } from "../../pictures/picture-files.js";
import type { BroughtPicture, PictureCandidate, PictureMetadata } from "../../records/picture.js";
import { type Prompt, type PromptMetadata, promptId } from "../../records/prompt.js";
import { hashOf } from "../hash.js";

/** A picture that was looked at, on its way into the ledger. */
export interface SpooledPicture {
  readonly candidate: PictureCandidate;
  readonly prompt: Prompt;
  /** Whether its bytes were copied into the workspace for it, where none were. */
  readonly copied: boolean;
}

/** A picture that was looked at; of its bytes nothing is copied yet. */
export interface PreparedPicture extends Omit<SpooledPicture, "copied"> {
  /** Bytes that are to be kept in the workspace; null where they lie somewhere. */
  readonly kept: Uint8Array | null;
}

/** Pictures that were read to the end and found good, before anything of them is in the ledger. */
export interface SpooledPictures {
  readonly spool: Spool<SpooledPicture>;
  /** sha256 over all that is stored of them, hex: the same pictures, the same stage. */
  readonly hash: string;
  /** Candidates that the workspace does not have yet. */
  readonly added: number;
}

export interface SpoolParams {
  /** Identity of their source. */
  readonly source: string;
  /** Whether the bytes are copied into the workspace; those that no file of their own holds always are. */
  readonly copy: boolean;
  /** Null while there is no workspace yet. */
  readonly store: Store | null;
  readonly files: PictureFiles;
  /** What a text asks for, where that is known. */
  readonly promptOf: (text: string) => Prompt;
  readonly signal?: AbortSignal | undefined;
  readonly onRead?: (count: number) => void;
}

/** Pictures looked at together: sharp decodes on threads of its own. */
const AT_ONCE = 8;
/** Pictures read back together. */
const GROUP = 256;

/**
 * Reads all pictures once and looks at each, so that a damaged one at the end leaves the ledger as it was. Memory does not grow with them. The
 * spool is closed by whoever is given it. Throws PictureError naming the place of the first that is damaged, and what `read` throws.
 */
export async function spoolPictures(
  read: AsyncIterable<BroughtPicture>,
  params: SpoolParams,
): Promise<SpooledPictures> {
  const pictures = new PictureSpool(params);
  try {
    for await (const picture of inOrder(read, AT_ONCE, (brought) => preparePicture(brought, params))) {
      params.signal?.throwIfAborted();
      if (pictures.add(picture)) params.onRead?.(1);
    }
  } catch (error) {
    pictures.abandon();
    throw error;
  }
  return pictures.whole();
}

/** Pictures that are spooled, each once. */
export class PictureSpool {
  readonly #spool = openSpool<SpooledPicture>();
  readonly #hash = createHash("sha256");
  readonly #params: Pick<SpoolParams, "store" | "files">;
  #added = 0;

  constructor(params: Pick<SpoolParams, "store" | "files">) {
    this.#params = params;
  }

  /** Whether it was not there yet. Copies its bytes when its turn comes, so that nothing is left of what comes after a fault. */
  add({ candidate, prompt, kept }: PreparedPicture): boolean {
    const { files } = this.#params;
    const copied = kept !== null && !files.has(candidate.picture.place);
    if (!this.#spool.add(candidate.id, { candidate, prompt, copied })) return false;
    if (kept !== null) files.keep(candidate.picture.sha256, kept);
    // Another seed, column or place makes another set, also of the same pictures.
    this.#hash.update(`${hashOf([candidate, prompt])}\n`);
    if (this.#params.store?.candidates.find(candidate.id) === undefined) this.#added += 1;
    return true;
  }

  /** All of them, the last one added. */
  whole(): SpooledPictures {
    return { spool: this.#spool, hash: this.#hash.digest("hex"), added: this.#added };
  }

  /** Closes the spool, and takes away what was copied for pictures that are not imported after all. */
  abandon(): void {
    for (let first = 0; first < this.#spool.length; first += GROUP) {
      for (const { candidate, copied } of this.#spool.read(first, GROUP)) {
        if (copied) this.#params.files.forget(candidate.picture.sha256);
      }
    }
    this.#spool.close();
  }
}

/** Looks at a picture. Throws PictureError naming its place where it is damaged. */
export async function preparePicture(brought: BroughtPicture, params: SpoolParams): Promise<PreparedPicture> {
  const { picture, seed = null, metadata } = brought;
  const { sha256 } = picture;
  const known = params.store?.pictures.find(sha256);
  const looks = known?.looks ?? (await looksAt(brought, params.files));
  const prompt = promptOf(brought, params);
  const { place, kept } = await placeOf(brought, known?.place, params);
  const id = pictureId(params.source, prompt.text, sha256);
  const stored = { ...picture, place, looks };
  return {
    candidate: { id, promptId: prompt.id, checkpoint: params.source, picture: stored, seed, metadata },
    prompt,
    kept,
  };
}

/** First 24 hex digits of sha256 over source, prompt text and the bytes' sha256. */
function pictureId(source: string, prompt: string, sha256: string): string {
  return hashOf(["picture", source, prompt, sha256]).slice(0, 24);
}

async function looksAt(brought: BroughtPicture, files: PictureFiles): Promise<string> {
  try {
    return await looksOf(await bytesOf(brought, files));
  } catch (cause) {
    if (!(cause instanceof UndecodableImageError)) throw cause;
    throw new PictureError(
      `${brought.where}: expected a whole picture, got one that cannot be decoded (${cause.reason}). Get it again, or take it out.`,
      { cause },
    );
  }
}

async function bytesOf({ content, picture }: BroughtPicture, files: PictureFiles): Promise<Uint8Array> {
  if ("bytes" in content) return content.bytes;
  return files.bytes({ sha256: picture.sha256, place: content.file });
}

/** Where the bytes lie from now on. A copy that is there stays: it cannot be lost with its source. */
async function placeOf(
  brought: BroughtPicture,
  known: string | undefined,
  { copy, files }: SpoolParams,
): Promise<{ place: string; kept: Uint8Array | null }> {
  const { sha256 } = brought.picture;
  if (known === keptPlace(sha256) && files.has(known)) return { place: known, kept: null };
  if (!copy && "file" in brought.content) return { place: brought.content.file, kept: null };
  return { place: keptPlace(sha256), kept: await bytesOf(brought, files) };
}

/** With what it asks for, where its source or its words say so. */
function promptOf({ prompt, structure, metadata }: BroughtPicture, { promptOf: known }: SpoolParams): Prompt {
  const said = structure ?? structureInColumns(prompt, metadata);
  return said === undefined
    ? known(prompt)
    : { id: promptId(prompt), text: prompt, metadata: { ...said, prompt } };
}

/** GenEval's metadata, as a table or its own layout keeps it: `tag`, and `include` as JSON. */
function structureInColumns(
  prompt: string,
  { tag, include, exclude }: PictureMetadata,
): PromptMetadata | undefined {
  if (typeof tag !== "string" || typeof include !== "string") return undefined;
  try {
    const others = typeof exclude === "string" ? { exclude: JSON.parse(exclude) } : {};
    return structureIn({ tag, include: JSON.parse(include), ...others, prompt });
  } catch {
    return undefined;
  }
}
