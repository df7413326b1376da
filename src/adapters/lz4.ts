const MAGIC = 0x184d2204;
const WHOLE_BLOCK = 0x8000_0000;

/**
 * A frame of LZ4, as Arrow's streams hold them; its blocks may refer to those before (lz4, "Frame format" 1.6). Checksums
 * are skipped. Throws RangeError when it is cut short or no frame.
 */
export function lz4Frame(input: Uint8Array): Uint8Array {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  if (view.getUint32(0, true) !== MAGIC) throw new RangeError("no frame of LZ4");
  const flags = view.getUint8(4);
  const [blockChecksum, hasSize, hasDictionary] = [flags & 0x10, flags & 0x08, flags & 0x01];
  if (hasDictionary) throw new RangeError("LZ4 with a dictionary");
  const output = new GrowingBytes(hasSize ? Number(view.getBigUint64(6, true)) : 4 * input.length);
  let at = hasSize ? 15 : 7;
  for (;;) {
    const size = view.getUint32(at, true);
    at += 4;
    if (size === 0) return output.written();
    const block = input.subarray(at, at + (size & ~WHOLE_BLOCK));
    if (size & WHOLE_BLOCK) output.append(block);
    else undoBlock(block, output);
    at += block.length + (blockChecksum ? 4 : 0);
  }
}

/** Undoes one block behind what there is ("Block format"). */
function undoBlock(block: Uint8Array, output: GrowingBytes): void {
  let place = 0;
  const longer = (nibble: number) => {
    let value = nibble;
    for (let byte = nibble === 15 ? 255 : 0; byte === 255; value += byte) byte = block[place++] as number;
    return value;
  };
  while (place < block.length) {
    const token = block[place++] as number;
    const literals = longer(token >> 4);
    output.append(block.subarray(place, place + literals));
    place += literals;
    if (place >= block.length) break;
    const offset = (block[place++] as number) | ((block[place++] as number) << 8);
    output.repeat(offset, longer(token & 15) + 4);
  }
}

/** Bytes that are written one after another, however many they become. */
class GrowingBytes {
  #bytes: Uint8Array;
  #length = 0;

  constructor(expected: number) {
    this.#bytes = new Uint8Array(expected);
  }

  append(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Appends `count` bytes from `offset` before the end on; they may run into those that this appends. */
  repeat(offset: number, count: number): void {
    if (offset === 0 || offset > this.#length) throw new RangeError("LZ4 that refers to what is not there");
    this.#reserve(count);
    const [bytes, end] = [this.#bytes, this.#length + count];
    for (let at = this.#length; at < end; at++) bytes[at] = bytes[at - offset] as number;
    this.#length = end;
  }

  written(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const longer = new Uint8Array(Math.max(2 * this.#bytes.length, this.#length + more));
    longer.set(this.written());
    this.#bytes = longer;
  }
}
