import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { openModel } from "../../../src/adapters/onnx/model.js";
import { CheckpointError } from "../../../src/errors.js";
import { copyOf, models } from "./models.js";

let folder = "";
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = () => openModel(folder, "generator", "generator.onnx");

test("a sound checkpoint opens with its identity", async () => {
  const { checkpoint, session } = await openModel(models("generator"), "generator", "generator.onnx");
  expect(checkpoint.identity).toBe(checkpoint.files["generator.safetensors"]);
  expect(session.inputNames).toEqual(["text", "tokens", "uniform", "guidance_scale"]);
  await session.release();
});

test("a folder without a checkpoint is named", async () => {
  folder = "/nowhere/at/all";
  await expect(open()).rejects.toThrow(CheckpointError);
  await expect(open()).rejects.toThrow("No generator in /nowhere/at/all: expected a file checkpoint.json");
});

test("a missing file is named", async () => {
  folder = copyOf("generator");
  rmSync(join(folder, "generator.onnx"));
  await expect(open()).rejects.toThrow(`lacks its file ${join(folder, "generator.onnx")}`);
});

test("a damaged file is told by its hash", async () => {
  folder = copyOf("generator");
  const bytes = readFileSync(join(folder, "generator.onnx"));
  bytes[1000] = (bytes[1000] as number) ^ 1;
  writeFileSync(join(folder, "generator.onnx"), bytes);
  await expect(open()).rejects.toThrow(/is damaged or from another checkpoint: expected sha256 [0-9a-f]{64}/);
});

test("another kind of checkpoint is refused", async () => {
  folder = copyOf("judge");
  await expect(open()).rejects.toThrow("to hold a generator, got a judge");
});

test("a checkpoint.json that is none says which fields are wrong", async () => {
  folder = copyOf("generator");
  writeFileSync(join(folder, "checkpoint.json"), '{"format": 1, "kind": "generator", "identity": "short"}');
  await expect(open()).rejects.toThrow(/not a checkpoint of format 1: .*identity/);
  writeFileSync(join(folder, "checkpoint.json"), "{");
  await expect(open()).rejects.toThrow("is not JSON");
});

test.each([
  ["grid", 1e12, "config.grid: Too big"],
  ["codebook_size", 65_537, "config.codebook_size: Too big"],
  ["text_length", -1, "config.text_length: Too small"],
  ["grid", 100, "its input tokens has the shape [64], expected [10000]"],
  ["text_length", 4, "its input text has the shape [8], expected [4]"],
])("a checkpoint.json with %s %d is refused before anything is made of it", async (key, value, message) => {
  folder = copyOf("generator");
  const file = join(folder, "checkpoint.json");
  const record = JSON.parse(readFileSync(file, "utf8"));
  writeFileSync(file, JSON.stringify({ ...record, config: { ...record.config, [key]: value } }));
  await expect(open()).rejects.toThrow(CheckpointError);
  await expect(open()).rejects.toThrow(message);
});

test("what the graph cannot compute names the checkpoint", async () => {
  const { session, Tensor } = await openModel(models("generator"), "generator", "generator.onnx");
  const text = new Tensor("int32", new Int32Array(3), [1, 3]);
  await expect(session.run({ text })).rejects.toThrow(
    /generator\.onnx of .* cannot compute with what checkpoint.json says/,
  );
  await session.release();
});

test("a graph that is not what checkpoint.json describes is refused by the names of its inputs and outputs", async () => {
  const changes = [
    ["generator", "generator.onnx", { grid: 9 }, "its input tokens has the shape [64], expected [81]"],
    ["generator", "generator.onnx", { text_length: 4 }, "its input text has the shape [8], expected [4]"],
    ["generator", "generator.onnx", { correction_reasons: 10 }, "it lacks the input previous"],
    ["judge", "judge.onnx", { settled: 1 }, "it lacks the input settled"],
    [
      "tokenizer",
      "decoder.onnx",
      { grid: 7 },
      "its output pixels has the shape [64, 64, 3], expected [56, 56, 3]",
    ],
    [
      "tokenizer",
      "encoder.onnx",
      { grid: 7 },
      "its input pixels has the shape [64, 64, 3], expected [56, 56, 3]",
    ],
  ] as const;
  for (const [kind, fileName, config, complaint] of changes) {
    const place = copyOf(kind);
    const file = join(place, "checkpoint.json");
    const record = JSON.parse(readFileSync(file, "utf8"));
    writeFileSync(file, JSON.stringify({ ...record, config: { ...record.config, ...config } }));
    const opening = openModel(place, kind, fileName);
    await expect(opening).rejects.toThrow(CheckpointError);
    await expect(opening).rejects.toThrow(complaint);
    rmSync(place, { recursive: true });
  }
});
