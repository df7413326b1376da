import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { decompressZstd, compressors as known } from "hyparquet-compressors";

/** From what was compressed, and the length it had, in bytes. */
export type Decompress = (input: Uint8Array, length: number) => Uint8Array;

/** What Parquet's codecs are undone with: all but LZO, which no writer offers. Node's own where it has them. */
export const PARQUET_CODECS: Readonly<Record<string, Decompress>> = {
  ...(known as Record<string, Decompress>),
  GZIP: (input, length) => gunzipSync(input, { maxOutputLength: Math.max(1, length) }),
  BROTLI: (input, length) => brotliDecompressSync(input, { maxOutputLength: Math.max(1, length) }),
};

/** A frame of Zstandard, in memory of its own: Arrow wants its numbers at the start of some. */
export function zstdFrame(input: Uint8Array): Uint8Array {
  return decompressZstd(input).slice();
}
