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

const LZ4_MAGIC = 0x184d2204;
const WHOLE_BLOCK = 0x8000_0000;

/**
 * A frame of LZ4, as Arrow's streams hold them; its blocks may refer to those before (lz4, "Frame format" 1.6). Checksums
 * are skipped. Throws RangeError when it is cut short or no frame.
 */
export function lz4Frame(input: Uint8Array): Uint8Array {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  if (view.getUint32(0, true) !== LZ4_MAGIC) throw new RangeError("no frame of LZ4");
  const flags = view.getUint8(4);
  const [blockChecksum, hasSize, hasDictionary] = [flags & 0x10, flags & 0x08, flags & 0x01];
  if (hasDictionary) throw new RangeError("LZ4 with a dictionary");
  let output = new Uint8Array(hasSize ? Number(view.getBigUint64(6, true)) : 4 * input.length);
  let length = 0;
  const room = (more: number) => {
    if (length + more <= output.length) return;
    const longer = new Uint8Array(Math.max(2 * output.length, length + more));
    longer.set(output.subarray(0, length));
    output = longer;
  };
  let at = hasSize ? 15 : 7;
  for (;;) {
    const size = view.getUint32(at, true);
    at += 4;
    if (size === 0) return output.subarray(0, length);
    const block = input.subarray(at, at + (size & ~WHOLE_BLOCK));
    if (size & WHOLE_BLOCK) {
      room(block.length);
      output.set(block, length);
      length += block.length;
    } else length = lz4Block(block, length);
    at += block.length + (blockChecksum ? 4 : 0);
  }

  /** Undoes one block behind what there is ("Block format"); the new length. */
  function lz4Block(block: Uint8Array, start: number): number {
    length = start;
    let place = 0;
    const longer = (nibble: number) => {
      let value = nibble;
      for (let byte = nibble === 15 ? 255 : 0; byte === 255; value += byte) byte = block[place++] as number;
      return value;
    };
    while (place < block.length) {
      const token = block[place++] as number;
      const literals = longer(token >> 4);
      room(literals);
      output.set(block.subarray(place, place + literals), length);
      length += literals;
      place += literals;
      if (place >= block.length) break;
      const offset = (block[place++] as number) | ((block[place++] as number) << 8);
      const matched = longer(token & 15) + 4;
      if (offset === 0 || offset > length) throw new RangeError("LZ4 that refers to what is not there");
      room(matched);
      for (let copied = 0; copied < matched; copied++, length++)
        output[length] = output[length - offset] as number;
    }
    return length;
  }
}
