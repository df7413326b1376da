import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, describe, expect, test } from "vitest";
import { type PairFileRow, readPairs, writePairs } from "../../../src/adapters/arrow/index.js";
import { decodeImage } from "../../../src/adapters/images/index.js";
import { type ParquetRow, writeParquet } from "../../../src/adapters/parquet/index.js";
import { openStore, type StageRow } from "../../../src/adapters/store/index.js";
import { FORMAT_FACTS, type FormatName } from "../../../src/config/formats.js";
import { freezeConfig } from "../../../src/config/freeze-config.js";
import { workspacePaths } from "../../../src/paths.js";
import { lookInto } from "../../../src/runner/inspection/look-into.js";
import { exportFrom, importInto } from "../../../src/runner/single-stages/import-export.js";

/** Real pairs of the bundled models. */
const SAMPLE = join(import.meta.dirname, "../../fixtures/review/pairs.arrow");
const folder = mkdtempSync(join(tmpdir(), "espalier-rules-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const fresh = (name: string) => join(mkdtempSync(join(folder, "at-")), name);
const PROMPT = "a photo of a red circle";

function bring(path: string, workspace = fresh("workspace"), signal?: AbortSignal) {
  const config = freezeConfig({ name: "by-hand", rounds: 1 });
  const request = { path, format: null, resize: false };
  return importInto(request, { config, workspace, now: () => 0, ...(signal ? { signal } : {}) });
}

async function pairsOf(workspace: string, stage: StageRow, format: FormatName = "arrow") {
  const { container } = FORMAT_FACTS[format];
  const name = `out${container === "folder" ? "" : container}`;
  const { out } = await exportFrom(workspace, { stages: [stage.id], format, out: fresh(name) });
  return out;
}

async function rowsOf(file: string): Promise<PairFileRow[]> {
  const rows: PairFileRow[] = [];
  for await (const row of readPairs(file)) rows.push(row);
  return rows;
}

/** As photographs are to a small tokenizer: it gives back another image. */
async function noise(seed: number): Promise<Buffer> {
  const data = Buffer.alloc(64 * 64 * 3);
  for (let at = 0, state = seed; at < data.length; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    data[at] = state >>> 24;
  }
  return sharp(data, { raw: { width: 64, height: 64, channels: 3 } })
    .png()
    .toBuffer();
}

function lines(images: Readonly<Record<string, Uint8Array>>, ...rows: object[]): string {
  const place = fresh("lines");
  mkdirSync(place);
  for (const [name, bytes] of Object.entries(images)) writeFileSync(join(place, name), bytes);
  writeFileSync(join(place, "pairs.jsonl"), rows.map((row) => JSON.stringify(row)).join("\n"));
  return place;
}

async function table(columns: Parameters<typeof writeParquet>[1], ...rows: ParquetRow[]): Promise<string> {
  const file = fresh("table.parquet");
  await writeParquet(
    file,
    columns,
    (async function* () {
      yield* rows;
    })(),
  );
  return file;
}

describe("images that the tokenizer does not give back", async () => {
  const [a, b, c] = [await noise(1), await noise(2), await noise(3)] as [Buffer, Buffer, Buffer];
  const images = { "a.png": a, "b.png": b, "c.png": c };
  const first = { prompt: PROMPT, chosen: "a.png", rejected: "b.png" };
  const once = lines(images, first);
  const workspace = fresh("workspace");
  const stage = await bring(once, workspace);

  test("are imported again as the set that is there", async () => {
    expect((await bring(once, workspace)).id).toBe(stage.id);
  });

  test("are shared with a longer set", async () => {
    const longer = await bring(lines(images, first, { ...first, rejected: "c.png" }), workspace);
    expect(longer.summary).toMatchObject({ pairs: 2 });
    const [one] = await rowsOf(await pairsOf(workspace, stage));
    const both = await rowsOf(await pairsOf(workspace, longer));
    expect(both[0]).toEqual(one);
  });

  test.each(["trl", "parquet", "jsonl"] as const)("come home from %s under their ids", async (format) => {
    const ids = (await rowsOf(await pairsOf(workspace, stage))).map(({ id }) => id);
    const back = await bring(await pairsOf(workspace, stage, format), workspace);
    expect((await rowsOf(await pairsOf(workspace, back))).map(({ id }) => id)).toEqual(ids);
  });

  test("are imported to the end after an interruption", async () => {
    const prompts = ["red", "blue", "green"].flatMap((one) =>
      ["circle", "square", "star", "ring"].map((other) => `a photo of a ${one} ${other}`),
    );
    const rows = prompts.flatMap((prompt) =>
      ["a", "b", "c"].flatMap((one) =>
        ["a", "b", "c"]
          .filter((other) => other !== one)
          .map((other) => ({ prompt, chosen: `${one}.png`, rejected: `${other}.png` })),
      ),
    );
    const many = lines(images, ...rows);
    const cut = fresh("workspace");
    const abort = new AbortController();
    const config = freezeConfig({ name: "by-hand", rounds: 1 });
    const task = { advance: () => abort.abort(new Error("stopped")), end: () => undefined };
    const progress = { start: () => task, note: () => undefined };
    const request = { path: many, format: null, resize: false };
    const options = { config, workspace: cut, now: () => 0, signal: abort.signal };
    await expect(importInto(request, { ...options, progress })).rejects.toThrow("stopped");
    const stored = openStore(workspacePaths(cut), { readOnly: true });
    expect(stored.counts()["shards"]).toBe(1);
    stored.close();
    expect((await bring(many, cut)).summary).toMatchObject({ pairs: rows.length });
  });
});

describe("a row of Pick-a-Pic", async () => {
  const [jpg_0, jpg_1] = [await noise(1), await noise(2)];
  const columns: Parameters<typeof writeParquet>[1] = {
    ...{ caption: "text", jpg_0: "bytes", jpg_1: "bytes", label_0: "number", label_1: "number" },
    ...{ has_label: "integer", are_different: "integer" },
    ...{ best_image_uid: "text", image_0_uid: "text", image_1_uid: "text" },
  };
  const row = { caption: PROMPT, jpg_0, jpg_1, label_0: 1, label_1: 0 };
  const picks = (...rows: object[]) => table(columns, ...rows.map((one) => ({ ...row, ...one })));

  test("without a label, or with one image twice, is left out and counted", async () => {
    const stage = await bring(
      await picks({}, { has_label: 0, label_0: 0 }, { has_label: 0 }, { are_different: 0 }, { jpg_1: jpg_0 }),
    );
    expect(stage.summary).toMatchObject({
      pairs: 1,
      leftOut: {
        "row without a label": 2,
        "row whose images are not different": 1,
        "pair of an image and itself": 1,
      },
    });
  });

  test("is told by `data` as well, and so is a damaged image, with its row", async () => {
    const file = await picks({}, { has_label: 0 });
    const found = await lookInto(file, { workspace: fresh("none"), format: null, samples: 0 });
    expect(found).toMatchObject({ pairs: 1, leftOut: { "row without a label": 1 } });
    const cut = await picks({}, { jpg_1: jpg_1.subarray(0, 5000) });
    const damaged = lookInto(cut, { workspace: fresh("none"), format: null, samples: 0 });
    await expect(damaged).rejects.toThrow(/row 1: expected a whole PNG/);
  });

  test.each([
    [{ label_1: 1 }, /row 1: expected "label_1" to be 0, as label_0 is 1 .*got 1\./],
    [{ label_0: 0 }, /expected "label_1" to be 1, as label_0 is 0 .*got 0\./],
    [{ label_1: 0.5 }, /expected "label_1" to be 0.*got 0\.5\./],
    [
      { best_image_uid: "b", image_0_uid: "a", image_1_uid: "b" },
      /expected "best_image_uid" to be a, as label_0 is 1, got "b"/,
    ],
  ])("that contradicts itself is refused: %j", async (wrong, message) => {
    await expect(bring(await picks({}, wrong))).rejects.toThrow(message);
  });
});

describe("an image against itself", async () => {
  const png = await noise(1);
  const other = await noise(2);
  const again = await sharp(png).png({ compressionLevel: 0 }).toBuffer();
  expect(again.equals(png)).toBe(false);

  test("by bytes, by pixels, in a pair, a ranking and a tie is left out", async () => {
    const images = { "a.png": png, "b.png": other, "again.png": again };
    const rows = [
      { prompt: PROMPT, chosen: "a.png", rejected: "a.png" },
      { prompt: PROMPT, chosen: "a.png", rejected: "again.png" },
      { prompt: PROMPT, images: ["a.png", "again.png", "b.png"], ranks: [1, 2, 2] },
      { prompt: PROMPT, images: ["b.png", "b.png"], ranks: [1, 1] },
    ];
    const { summary } = await bring(lines(images, ...rows));
    expect(summary).toMatchObject({
      pairs: 1,
      ties: { count: 1 },
      leftOut: { "pair of an image and itself": 4 },
    });
  });

  test("by tokens is left out as well", async () => {
    const [first] = (await rowsOf(SAMPLE)) as [PairFileRow];
    const { width, height, data } = await decodeImage(first.chosen.png);
    const nearly = await sharp(data.with(0, (data[0] as number) ^ 1), { raw: { width, height, channels: 3 } })
      .png()
      .toBuffer();
    const images = { "a.png": first.chosen.png, "b.png": nearly, "c.png": first.rejected.png };
    const rows = ["b.png", "c.png"].map((rejected) => ({ prompt: first.prompt, chosen: "a.png", rejected }));
    const { summary } = await bring(lines(images, ...rows));
    expect(summary).toMatchObject({ pairs: 1, leftOut: { "pair of an image and itself": 1 } });
  });
});

describe("scores", async () => {
  const [first] = (await rowsOf(SAMPLE)) as [PairFileRow];
  const scored = async (chosen: number, rejected: number) => {
    const file = fresh("scored.arrow");
    const row = {
      ...first,
      chosen: { ...first.chosen, score: chosen },
      rejected: { ...first.rejected, score: rejected },
    };
    await writePairs(file, [row], { tokens: first.chosen.tokens.length, text: first.text.length });
    return file;
  };

  test("corrected of the same images are another set", async () => {
    const workspace = fresh("workspace");
    const before = await bring(await scored(0.9, 0.2), workspace);
    const after = await bring(await scored(0.7, 0.3), workspace);
    expect(after.id).not.toBe(before.id);
    const [row] = await rowsOf(await pairsOf(workspace, after));
    expect(row?.margin).toBeCloseTo(0.4);
    expect((await bring(await scored(0.9, 0.2), workspace)).id).toBe(before.id);
  });

  test("that put the chosen image below the other are refused with the row", async () => {
    await expect(bring(await scored(0.2, 0.9))).rejects.toThrow(
      /row 0: expected the preferred image to have the higher score, got 0.2 for it and 0.9 for the other/,
    );
  });
});

describe("an image that says how it is to be turned", async () => {
  const seen = await sharp(await noise(5))
    .blur(3)
    .png()
    .toBuffer();
  const lying = await sharp(seen).rotate(270).png().toBuffer();

  test.each(["png", "jpeg", "webp", "tiff"] as const)(
    "as %s is stored and encoded as it is seen",
    async (kind) => {
      const quality = kind === "png" ? {} : { quality: 100 };
      const tagged = await sharp(lying).withMetadata({ orientation: 6 }).toFormat(kind, quality).toBuffer();
      const workspace = fresh("workspace");
      const images = { "a.bin": tagged, "b.png": seen, "c.png": lying };
      const rows = ["b.png", "c.png"].map((rejected) => ({ prompt: PROMPT, chosen: "a.bin", rejected }));
      const stage = await bring(lines(images, ...rows.slice(1)), workspace);
      const [row] = await rowsOf(await pairsOf(workspace, stage));
      const stored = row?.chosen.png as Uint8Array;
      expect((await sharp(stored).metadata()).orientation).toBeUndefined();
      const [found, wanted] = [await decodeImage(stored), await decodeImage(seen)];
      const off = found.data.reduce(
        (sum, value, at) => sum + Math.abs(value - (wanted.data[at] as number)),
        0,
      );
      expect(off / found.data.length).toBeLessThan(3);
      // Lossless, it is the very image that is seen.
      if (kind === "png") {
        const { summary } = await bring(lines(images, ...rows), fresh("workspace"));
        expect(summary).toMatchObject({ pairs: 1, leftOut: { "pair of an image and itself": 1 } });
      }
    },
  );

  test("is measured as it is seen before it is cut", async () => {
    const wide = await sharp(await noise(6))
      .resize(128, 64, { fit: "fill" })
      .png()
      .toBuffer();
    const tagged = await sharp(wide).withMetadata({ orientation: 6 }).png().toBuffer();
    const place = lines(
      { "a.png": tagged, "b.png": seen },
      { prompt: PROMPT, chosen: "a.png", rejected: "b.png" },
    );
    await expect(bring(place)).rejects.toThrow("got 64 x 128");
  });
});

test("images leave under the ending that they are", async () => {
  const formats = { jpg: "jpeg", webp: "webp", gif: "gif", tiff: "tiff", avif: "avif" } as const;
  const images: Record<string, Buffer> = { "a.png": await noise(1) };
  for (const [ending, format] of Object.entries(formats))
    images[`${ending}.png`] = await sharp(await noise(ending.length + ending.charCodeAt(0)))
      .toFormat(format)
      .toBuffer();
  const rows = Object.keys(formats).map((one) => ({
    prompt: PROMPT,
    chosen: `${one}.png`,
    rejected: "a.png",
  }));
  const workspace = fresh("workspace");
  const stage = await bring(lines(images, ...rows), workspace);
  const out = await pairsOf(workspace, stage, "jsonl");
  const written = readFileSync(join(out, "pairs.jsonl"), "utf8").trim().split("\n");
  const chosen = written.map((line) => (JSON.parse(line) as { chosen: string }).chosen.split(".")[1]);
  expect(chosen).toEqual(Object.keys(formats));
});

test("a drawing is no image: SVG is refused with what it is", async () => {
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"/>');
  const place = lines(
    { "a.png": svg, "b.png": await noise(1) },
    { prompt: PROMPT, chosen: "a.png", rejected: "b.png" },
  );
  await expect(bring(place)).rejects.toThrow(/got one that cannot be read \(it is svg, which is not read\)/);
});

test("the same line twice is the same pair twice, and a pointer of Git LFS is no image", async () => {
  const images = { "a.png": await noise(1), "b.png": await noise(2) };
  const row = { prompt: PROMPT, chosen: "a.png", rejected: "b.png" };
  expect((await bring(lines(images, row, row))).summary).toMatchObject({ pairs: 2 });
  const pointer = Buffer.from("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n");
  await expect(bring(lines({ ...images, "b.png": pointer }, row))).rejects.toThrow(
    /pointer of Git LFS.*git lfs pull/,
  );
});
