import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { PICTURE_LAYOUT_NAMES, type PictureLayoutName } from "../../src/config/picture-layouts.js";
import { readPictures } from "../../src/pictures/index.js";
import type { BroughtPicture } from "../../src/records/picture.js";
import { encodedPicture, layOut, type MadePicture, makePictures } from "../fixtures/pictures.js";

let folder: string;
let mixed: readonly MadePicture[];
beforeAll(async () => {
  mixed = await makePictures();
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "espalier-pictures-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** What a layout can say beside prompt and picture. */
const SAYS_ALL: readonly PictureLayoutName[] = ["imagefolder", "table", "in-picture"];

describe("sixty pictures of five sizes", () => {
  for (const [layout, kind] of [
    ...PICTURE_LAYOUT_NAMES.map((name) => [name, "jsonl"] as const),
    ["imagefolder", "csv"] as const,
    ["table", "csv"] as const,
    ["table", "tsv"] as const,
    ["table", "parquet"] as const,
    ["table", "tar"] as const,
  ])
    test(`come as they are from ${layout} (${kind})`, async () => {
      const made = layout === "in-picture" ? await makePictures("png") : mixed;
      const place = await layOut(layout, folder, made, kind);
      const brought = await all(place);
      expect(brought.length).toBe(60);
      expect(new Set(brought.map(({ picture }) => `${picture.width} x ${picture.height}`)).size).toBe(5);
      const isSame = layout !== "in-picture";
      const known = new Map(made.map((one) => [isSame ? one.sha256 : String(one.seed), one]));
      for (const { prompt, picture, seed, metadata, content } of brought) {
        const one = known.get(isSame ? picture.sha256 : String(seed)) as MadePicture;
        const { format, width, height } = one;
        expect({ prompt, ...picture }).toMatchObject({ prompt: one.prompt, format, width, height });
        if (isSame) expect(bytesOf(content).equals(one.bytes)).toBe(true);
        if (!SAYS_ALL.includes(layout)) continue;
        expect(seed).toBe(one.seed);
        expect(metadata).toMatchObject({ steps: one.steps, guidance: one.guidance, model: one.model });
      }
    });
});

test("a line added to what was read is the one that is new", async () => {
  const place = await layOut("imagefolder", folder, mixed);
  const before = await all(place);
  writeFileSync(join(folder, "new.png"), await encodedPicture(40, 30));
  appendFileSync(join(folder, "metadata.jsonl"), '{"file_name":"new.png","text":"a new one"}\n');
  const after = await all(place);
  expect(after.slice(0, 60)).toEqual(before);
  expect(after.slice(60)).toMatchObject([{ prompt: "a new one", where: "metadata.jsonl, line 61" }]);
});

test("seeds of 64 bits stay what they are, whatever they are kept in", async () => {
  const seed = "18446744073709551557";
  writeFileSync(join(folder, "a.png"), await encodedPicture(4, 4));
  const found = [];
  for (const [name, text] of [
    ["a.jsonl", `{"image":"a.png","prompt":"a cat, \\"seed\\": 1","seed": ${seed}}\n`],
    ["a.csv", `image,prompt,seed\na.png,a cat,${seed}\n`],
  ] as const) {
    writeFileSync(join(folder, name), text);
    found.push(...(await all(join(folder, name))));
  }
  expect(found.map(({ seed, metadata }) => [seed, metadata["seed"]])).toEqual([
    [undefined, seed],
    [undefined, seed],
  ]);
});

test("the same picture of the same prompt comes once, and the row that repeats it is told", async () => {
  const place = await layOut("table", folder, mixed.slice(0, 3));
  writeFileSync(place, readFileSync(place, "utf8").repeat(2));
  const leftOut: string[] = [];
  const brought: BroughtPicture[] = [];
  for await (const one of readPictures(place, { onLeftOut: (_, where) => leftOut.push(where) }))
    brought.push(one);
  expect(brought.length).toBe(3);
  expect(leftOut).toEqual([4, 5, 6].map((line) => `samples.jsonl, line ${line}`));
});

async function all(place: string): Promise<BroughtPicture[]> {
  const found: BroughtPicture[] = [];
  for await (const one of readPictures(place)) found.push(one);
  return found;
}

function bytesOf(content: BroughtPicture["content"]): Buffer {
  return "file" in content ? readFileSync(content.file) : Buffer.from(content.bytes);
}
