import { inflateSync } from "node:zlib";

/** What the structure of an encoded picture says, without a pixel being decoded. */
export interface PictureStructure {
  /** Whether the file goes on to the end that its format marks. */
  readonly whole: boolean;
  readonly animated: boolean;
}

const PNG_START = 8;
/** Length, type and check sum of a PNG chunk. */
const PNG_FRAME = 12;

interface PngChunk {
  readonly type: string;
  readonly data: Buffer;
}

/** Chunks of a PNG in order (PNG, third edition, section 5), up to its end or where it is cut short. */
function* pngChunks(bytes: Uint8Array): Generator<PngChunk> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = PNG_START; at + PNG_FRAME <= buffer.length; ) {
    const length = buffer.readUInt32BE(at);
    if (at + PNG_FRAME + length > buffer.length) return;
    const type = buffer.toString("latin1", at + 4, at + 8);
    yield { type, data: buffer.subarray(at + 8, at + 8 + length) };
    if (type === "IEND") return;
    at += PNG_FRAME + length;
  }
}

export function pngStructure(bytes: Uint8Array): PictureStructure {
  const types = new Set(Array.from(pngChunks(bytes), ({ type }) => type));
  return { whole: types.has("IEND") && types.has("IDAT"), animated: types.has("acTL") };
}

/** Texts of a PNG, at most: a graph of ComfyUI has a tenth of it. */
const LONGEST_TEXT = 2 ** 24;

/**
 * The texts that a PNG carries, by keyword (PNG, third edition, section 11.3.3): tEXt and zTXt in Latin-1, iTXt in UTF-8. libvips, which
 * sharp asks, takes all of them for UTF-8. Texts that cannot be unpacked are left out.
 */
export function pngTexts(bytes: Uint8Array): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const { type, data } of pngChunks(bytes)) {
    const end = data.indexOf(0);
    const read = TEXTS[type];
    if (read === undefined || end < 1) continue;
    const text = read(data.subarray(end + 1));
    if (text !== undefined) texts.set(data.toString("latin1", 0, end), text);
  }
  return texts;
}

const TEXTS: Readonly<Record<string, (after: Buffer) => string | undefined>> = {
  tEXt: (after) => after.toString("latin1"),
  zTXt: (after) => inflated(after.subarray(1))?.toString("latin1"),
  iTXt: (after) => {
    const language = after.indexOf(0, 2);
    const keyword = after.indexOf(0, language + 1);
    if (language < 0 || keyword < 0) return undefined;
    const text = after.subarray(keyword + 1);
    return (after[0] === 1 ? inflated(text) : text)?.toString("utf8");
  },
};

function inflated(data: Buffer): Buffer | undefined {
  try {
    return inflateSync(data, { maxOutputLength: LONGEST_TEXT });
  } catch {
    return undefined;
  }
}

/** Markers of JPEG (ITU-T T.81, table B.1) that are looked for. */
const START_OF_SCAN = 0xda;
const END_OF_IMAGE = 0xd9;

/** Whether a JPEG has its end marker; what follows it, as a phone's short film, is not looked at. */
export function isWholeJpeg(bytes: Uint8Array): boolean {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = nextMarker(buffer, 2); at >= 0; ) {
    const marker = buffer[at + 1] as number;
    if (marker === END_OF_IMAGE) return true;
    if (at + 4 > buffer.length) return false;
    const after = at + 2 + buffer.readUInt16BE(at + 2);
    // Of coded data alone the length is not said.
    at =
      marker === START_OF_SCAN
        ? nextMarker(buffer, after)
        : buffer[after] === 0xff
          ? nextMarker(buffer, after)
          : -1;
  }
  return false;
}

/** Where the next marker begins; -1 without one. A zero after 0xFF, and a restart (RST0 to RST7), are of the coded data. */
function nextMarker(buffer: Buffer, from: number): number {
  for (
    let at = buffer.indexOf(0xff, from);
    at >= 0 && at + 1 < buffer.length;
    at = buffer.indexOf(0xff, at + 1)
  ) {
    const code = buffer[at + 1] as number;
    const isData = code === 0 || code === 0xff || (code >= 0xd0 && code <= 0xd7);
    if (!isData) return at;
  }
  return -1;
}

/** Bytes of a RIFF header that its length does not count. */
const RIFF_HEADER = 8;

/** Whether a WebP is as long as it says (WebP container specification, "WebP file header"). */
export function isWholeWebp(bytes: Uint8Array): boolean {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return buffer.length >= 12 && buffer.readUInt32LE(4) + RIFF_HEADER <= buffer.length;
}
