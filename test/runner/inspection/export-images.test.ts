import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { candidateFiles } from "../../../src/adapters/arrow/index.js";
import { decodePng } from "../../../src/adapters/images/index.js";
import { PromptError, StoreError } from "../../../src/errors.js";
import { exportImages } from "../../../src/runner/inspection/export-images.js";
import { evaluate } from "../../../src/runner/single-stages/single-stages.js";
import { reading, tinyConfig, tinyFamily, tinyFolder, tinyOptions } from "../tiny-run.js";

const folder = tinyFolder();
const options = tinyOptions(folder);
const images = join(folder, "images");
let evaluation = "";

beforeAll(async () => {
  const file = join(folder, "held-out.txt");
  const plain = { file, limit: null, images: { perPrompt: 2 }, label: null } as const;
  const config = tinyConfig(folder);
  const stage = await evaluate({ ...plain, verifier: { kind: "none" } }, { ...options, config });
  evaluation = stage.id;
});

/** What GenEval's scorer would read, by its rules: folders named by digits, one JSON document, images named by digits. */
function readAsScorer(root: string) {
  return readdirSync(root)
    .filter((name) => statSync(join(root, name)).isDirectory() && /^\d+$/.test(name))
    .sort()
    .map((name) => ({
      name,
      metadata: JSON.parse(readFileSync(join(root, name, "metadata.jsonl"), "utf8")) as { prompt: string },
      images: readdirSync(join(root, name, "samples")).filter((image) => /^\d+\.png/.test(image)),
    }));
}

describe("the images of an evaluation", () => {
  test("lie as GenEval's own scorer reads them, in the order of the prompt file", async () => {
    const prompts = join(folder, "held-out.txt");
    const found = await exportImages(
      { evaluation: evaluation.slice(0, 8), folder: images, prompts },
      options,
    );
    expect(found).toEqual({ folder: images, evaluation, prompts: 8, images: 16, kept: 0 });
    const read = readAsScorer(images);
    expect(read.map(({ name }) => name)).toEqual(Array.from({ length: 8 }, (_, index) => `0000${index}`));
    expect(read.every((one) => one.images.join() === "0000.png,0001.png")).toBe(true);
    const lines = readFileSync(prompts, "utf8").trim().split("\n");
    const known = await tinyFamily().readPrompts(prompts);
    expect(lines).toHaveLength(8);
    expect(read.map(({ metadata }) => metadata)).toEqual(known.map(({ metadata }) => metadata));
  });

  test("are the ones that were evaluated, decoded", async () => {
    const family = tinyFamily();
    const decoder = await family.openDecoder(join(import.meta.dirname, "../../fixtures/onnx/tokenizer"));
    const known = await family.readPrompts(join(folder, "held-out.txt"));
    const files = candidateFiles(join(folder, "workspace"));
    const items = reading(folder, (store) =>
      [...store.evaluations.items(evaluation)].map((item) => {
        const place = store.candidates.find(item.candidateId);
        return { ...item, file: place?.file ?? "", row: place?.row ?? -1 };
      }),
    );
    const seen = new Set<string>();
    for (const { promptId, sample, candidateId, ...place } of items) {
      const number = String(known.findIndex(({ id }) => id === promptId)).padStart(5, "0");
      const file = join(images, number, "samples", `000${sample}.png`);
      const pixels = await decodePng(readFileSync(file));
      seen.add(Buffer.from(pixels.data).toString("base64"));
      const [expected] = await decoder.decode([(await files.read(place)).tokens]);
      expect(pixels.width, candidateId).toBe(expected?.width);
      expect(Buffer.from(pixels.data).equals(expected?.data as Uint8Array), candidateId).toBe(true);
    }
    expect(items).toHaveLength(16);
    expect(seen.size).toBeGreaterThan(8);
    await decoder.close();
  });

  test("go on where the writing stopped, and keep what is there", async () => {
    const lost = join(images, "00003", "samples", "0001.png");
    const before = readFileSync(lost);
    rmSync(lost);
    const prompts = join(folder, "held-out.txt");
    const found = await exportImages({ evaluation, folder: images, prompts }, options);
    expect(found).toMatchObject({ images: 16, kept: 15 });
    expect(readFileSync(lost).equals(before)).toBe(true);
  });

  test("are numbered by task where no file is named", async () => {
    const other = join(folder, "by-task");
    await exportImages({ evaluation, folder: other, prompts: null }, options);
    const tags = readAsScorer(other).map(({ metadata }) => (metadata as unknown as { tag: string }).tag);
    expect(tags[0]).toBe("single_object");
    expect(tags.indexOf("two_object")).toBeLessThan(tags.indexOf("counting"));
    expect(new Set(tags).size).toBe(4);
  });

  test("are not mixed with anything else, nor numbered by a file of other prompts", async () => {
    const full = join(folder, "full");
    mkdirSync(full);
    writeFileSync(join(full, "notes.txt"), "mine");
    const into = (place: string, prompts: string | null = null) =>
      exportImages({ evaluation, folder: place, prompts }, options);
    await expect(into(full)).rejects.toThrow(StoreError);
    writeFileSync(join(images, "evaluation.json"), JSON.stringify({ evaluation: "another" }));
    await expect(into(images)).rejects.toThrow(/holds the images of evaluation another/);
    await expect(into(join(folder, "new"), join(folder, "train.txt"))).rejects.toThrow(PromptError);
    expect(existsSync(join(folder, "new", "00000"))).toBe(false);
  });
});
