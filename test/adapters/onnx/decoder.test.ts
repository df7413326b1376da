import { afterAll, beforeAll, expect, test } from "vitest";
import { OnnxDecoder } from "../../../src/adapters/onnx/decoder.js";
import { imageSource } from "../../../src/decoding/image-source.js";
import { VerifierError } from "../../../src/errors.js";
import { FakeDecoder } from "../../../src/testing.js";
import { models } from "./models.js";

let decoder: OnnxDecoder;
beforeAll(async () => {
  decoder = await OnnxDecoder.open(models("tokenizer"), { threads: 1 });
});
afterAll(() => decoder.close());

const grid = (seed: number) => Uint16Array.from({ length: 64 }, (_, index) => (index * 5 + seed * 11) % 32);

test("grids become 64 x 64 RGB, each as it is alone", async () => {
  const grids = Array.from({ length: 19 }, (_, index) => grid(index));
  const images = await decoder.decode(grids);
  expect(images.map(({ width, height, data }) => [width, height, data.length])).toEqual(
    Array(19).fill([64, 64, 64 * 64 * 3]),
  );
  for (const index of [0, 8, 18]) {
    const [alone] = await decoder.decode([grids[index] as Uint16Array]);
    expect(alone).toEqual(images[index]);
  }
  expect(images[0]?.data).not.toEqual(images[1]?.data);
});

test("a grid that is none is refused", async () => {
  await expect(decoder.decode([grid(1), new Uint16Array(64).fill(32)])).rejects.toThrow(VerifierError);
  await expect(decoder.decode([new Uint16Array(3)])).rejects.toThrow("Expected a grid of 64 tokens, got 3.");
});

test("images asked for pixels together are decoded together, once", async () => {
  const fake = new FakeDecoder();
  const image = imageSource(fake);
  const handles = [1, 2, 3].map((seed) => image(grid(seed)));
  const first = await Promise.all(handles.map((handle) => handle.pixels()));
  const second = await Promise.all(handles.map((handle) => handle.pixels()));
  expect(fake.calls).toEqual([3]);
  expect(second[2]).toBe(first[2]);
});

test("an image that cannot be decoded fails alone", async () => {
  const image = imageSource(decoder);
  const handles = [grid(1), new Uint16Array(64).fill(32), grid(2)].map(image);
  const results = await Promise.allSettled(handles.map((handle) => handle.pixels()));
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
});
