import { describe, expect, it } from "vitest";
import { decodeArray, encodeArrays } from "../../../src/adapters/python/index.js";

const BYTES = encodeArrays({
  pixels: { shape: [3], data: Uint8Array.of(1, 2, 255) },
  tokens: { shape: [2, 2], data: Int32Array.of(5, -1, 7, 8191) },
  seeds: { shape: [1], data: BigInt64Array.of(4294967295n) },
});

describe("arrays in a safetensors file", () => {
  it("are read as they were written, at any offset", () => {
    expect(decodeArray(BYTES, "tokens", "I32")).toEqual({
      shape: [2, 2],
      data: Int32Array.of(5, -1, 7, 8191),
    });
    expect(decodeArray(BYTES, "pixels", "U8").data).toEqual(Uint8Array.of(1, 2, 255));
    // A Buffer's own slice shares memory, at any offset.
    const file = Buffer.concat([Buffer.of(0), BYTES]).subarray(1);
    expect(decodeArray(file, "seeds", "I64").data).toEqual(BigInt64Array.of(4294967295n));
  });

  it("have a header whose length is a multiple of 8, as the format asks", () => {
    const length = Number(new DataView(BYTES.buffer).getBigUint64(0, true));
    expect(length % 8).toBe(0);
    const header = JSON.parse(Buffer.from(BYTES.subarray(8, 8 + length)).toString());
    expect(header.tokens).toEqual({ dtype: "I32", shape: [2, 2], data_offsets: [3, 19] });
  });

  it.each([
    ["another kind", () => decodeArray(BYTES, "tokens", "F32")],
    ["a name that is missing", () => decodeArray(BYTES, "drawn", "I32")],
    ["a file cut short", () => decodeArray(BYTES.subarray(0, BYTES.length - 1), "seeds", "I64")],
    ["no safetensors file", () => decodeArray(Uint8Array.of(1, 2, 3), "seeds", "I64")],
  ])("are refused: %s", (_, reading) => {
    expect(reading).toThrow(/it wrote/);
  });
});
