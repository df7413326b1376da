import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { inspectPicture } from "../adapters/images/index.js";
import { checkPromptText } from "../adapters/prompt-file.js";
import { PictureError, PromptError } from "../errors.js";
import type { BroughtPicture } from "../records/picture.js";
import type { Claim } from "./claim.js";

/** What a picture may be at most. */
export interface PictureLimits {
  readonly mostPixels: number;
  /** Of the encoded picture. */
  readonly mostBytes: number;
}

/** Reads a claimed picture once: hash, header and what is said of it. Throws PictureError that begins with its place. */
export async function lookAt(
  { content, where, said, promptIn }: Claim,
  limits: PictureLimits,
): Promise<BroughtPicture> {
  try {
    const bytes = "file" in content ? await readPicture(content.file, limits) : content.bytes;
    refuseLong(bytes.length, where, limits);
    const { format, width, height, bits } = await inspectPicture(bytes, limits.mostPixels);
    const { prompt, seed, metadata } = await said(bytes);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    return {
      prompt: plainPrompt(prompt),
      content,
      picture: { sha256, format, width, height, bytes: bytes.length },
      ...(seed === undefined ? {} : { seed }),
      metadata: bits === 8 ? metadata : { ...metadata, bits_per_channel: bits },
      where,
    };
  } catch (error) {
    if (error instanceof PictureError) throw new PictureError(`${where}: ${error.message}`, { cause: error });
    if (!(error instanceof PromptError)) throw error;
    const place = promptIn === undefined ? where : `${where}, ${promptIn}`;
    throw new PictureError(`${place}: ${error.message}`, { cause: error });
  }
}

async function readPicture(file: string, limits: PictureLimits): Promise<Uint8Array> {
  const found = existsSync(file) ? await stat(file) : undefined;
  if (found === undefined)
    throw new PictureError(
      `expected a picture, got no such file: ${file}. Put it there, or take the row out.`,
    );
  if (!found.isFile()) throw new PictureError(`expected a picture, got no file: ${file}. Name a file.`);
  refuseLong(found.size, file, limits);
  return readFile(file);
}

function refuseLong(bytes: number, name: string, { mostBytes }: PictureLimits): void {
  if (bytes <= mostBytes) return;
  throw new PictureError(
    `expected a picture of at most ${mostBytes} bytes, got ${bytes}: ${name}. Make it smaller, or allow more with --most-bytes.`,
  );
}

/** The prompt without blanks around it, its lines kept. Throws PromptError for one that says nothing, or holds what no prompt does. */
function plainPrompt(prompt: string): string {
  const text = prompt.replace(/\r\n?/g, "\n").trim();
  checkPromptText(text.replace(/[\t\n\u2028\u2029]/g, " "));
  return text;
}
