import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import { createTarDecoder, type ParsedTarEntry } from "modern-tar";
import { StoreError } from "../../errors.js";

/** Members of a tar file that share the name up to its first dot, as WebDataset groups them, by what follows the dot. */
export interface Sample {
  readonly key: string;
  readonly fields: ReadonlyMap<string, Uint8Array>;
}

/** Of a member: larger ones are no pictures, and no texts about them. */
const MOST_BYTES = 64 * 2 ** 20;

/** Streams the samples of a tar file; one is in memory. Throws StoreError when it is damaged, or a member is too large. */
export async function* readSamples(file: string): AsyncGenerator<Sample> {
  let sample: { key: string; fields: Map<string, Uint8Array> } | undefined;
  for await (const { name, bytes } of membersOf(file)) {
    // WebDataset, "The WebDataset Format": folders are of the key, a dot in them separates nothing.
    const [, key, field] = /^((?:.*\/)?[^/.]+)\.([^/]+)$/s.exec(name) ?? [];
    if (key === undefined || field === undefined) continue;
    if (sample !== undefined && sample.key !== key) {
      yield sample;
      sample = undefined;
    }
    sample ??= { key, fields: new Map() };
    sample.fields.set(field.toLowerCase(), bytes);
  }
  if (sample !== undefined) yield sample;
}

async function* membersOf(file: string): AsyncGenerator<{ name: string; bytes: Uint8Array }> {
  try {
    const bytes = Readable.toWeb(createReadStream(file)) as ReadableStream<Uint8Array>;
    const entries = bytes.pipeThrough(createTarDecoder({ strict: true })) as ReadableStream<ParsedTarEntry>;
    for await (const { header, body } of entries) {
      if (header.size > MOST_BYTES)
        throw new StoreError(
          `${file}: expected members of at most ${MOST_BYTES} bytes, got ${header.name} of ${header.size}. Take it out.`,
        );
      const pieces: Uint8Array[] = [];
      for await (const piece of body as ReadableStream<Uint8Array>) pieces.push(piece);
      if (header.type === undefined || header.type === "file")
        yield { name: header.name, bytes: Buffer.concat(pieces) };
    }
  } catch (error) {
    if (error instanceof StoreError) throw error;
    throw new StoreError(
      `${file} cannot be read as tar: ${(error as Error).message}. It is cut short or damaged; get it again.`,
      { cause: error },
    );
  }
}
