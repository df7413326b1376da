/** Arrays the worker and Node exchange. */
export type Values = Int32Array | BigInt64Array | Float32Array | Uint8Array;

export interface StoredArray<Kind extends Values = Values> {
  readonly shape: readonly number[];
  readonly data: Kind;
}

const KINDS = {
  I32: Int32Array,
  I64: BigInt64Array,
  F32: Float32Array,
  U8: Uint8Array,
} as const;
type Kind = keyof typeof KINDS;

const LENGTH_BYTES = 8;
const MOST_HEADER_BYTES = 1 << 20;

/** Named arrays as the bytes of a safetensors file: length of the header, header, data. Little-endian, as all of these machines are. */
export function encodeArrays(arrays: Readonly<Record<string, StoredArray>>): Uint8Array {
  const header: Record<string, object> = {};
  let end = 0;
  for (const [name, { shape, data }] of Object.entries(arrays)) {
    header[name] = { dtype: kindOf(data), shape, data_offsets: [end, end + data.byteLength] };
    end += data.byteLength;
  }
  const text = JSON.stringify(header);
  const described = Buffer.from(text.padEnd(Math.ceil(text.length / 8) * 8));
  const bytes = new Uint8Array(LENGTH_BYTES + described.length + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(described.length), true);
  bytes.set(described, LENGTH_BYTES);
  let place = LENGTH_BYTES + described.length;
  for (const { data } of Object.values(arrays)) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), place);
    place += data.byteLength;
  }
  return bytes;
}

/** One array of a safetensors file. Throws an Error that says what is wrong with the file. */
export function decodeArray<Name extends Kind>(
  bytes: Uint8Array,
  name: string,
  kind: Name,
): StoredArray<InstanceType<(typeof KINDS)[Name]>> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = bytes.byteLength >= LENGTH_BYTES ? Number(view.getBigUint64(0, true)) : -1;
  const first = LENGTH_BYTES + length;
  if (length < 2 || length > MOST_HEADER_BYTES || first > bytes.byteLength) {
    throw new Error(`it wrote ${bytes.byteLength} bytes that are no safetensors file`);
  }
  const header = JSON.parse(Buffer.from(bytes.subarray(LENGTH_BYTES, first)).toString()) as Header;
  const found = header[name];
  const { BYTES_PER_ELEMENT: width } = KINDS[kind];
  const [begin = 0, end = 0] = found?.data_offsets ?? [];
  const size = found?.shape.reduce((product, side) => product * side, 1);
  if (
    found?.dtype !== kind ||
    size === undefined ||
    end - begin !== size * width ||
    first + end > bytes.byteLength
  ) {
    throw new Error(`it wrote a file whose "${name}" is not whole numbers of ${kind}`);
  }
  // A copy: the data may lie at any offset, and typed arrays want theirs aligned.
  const copied = new Uint8Array(bytes.subarray(first + begin, first + end)).buffer;
  return { shape: found.shape, data: new KINDS[kind](copied) as InstanceType<(typeof KINDS)[Name]> };
}

type Header = Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] } | undefined>;

function kindOf(data: Values): Kind {
  const found = (Object.keys(KINDS) as Kind[]).find((kind) => data instanceof KINDS[kind]);
  if (found === undefined) throw new TypeError("Expected an array of int32, int64, float32 or uint8.");
  return found;
}
