import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { lz4Frame } from "../../../src/adapters/lz4.js";
import type { Preference } from "../../../src/records/preference.js";
import { detectFormat } from "../../../src/stages/exchange/detect-format.js";
import { FORMATS } from "../../../src/stages/exchange/formats.js";

/** What others' programs wrote: make.py in it says which. */
const FIXTURES = join(import.meta.dirname, "../../fixtures/exchange");
const folder = mkdtempSync(join(tmpdir(), "espalier-sources-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function rowsOf(path: string): Promise<Preference[]> {
  const found: Preference[] = [];
  for await (const one of FORMATS[await detectFormat(path)].read(path)) found.push(one);
  return found;
}

/** Ranks and images, whatever they were kept in. */
function seen(rows: readonly Preference[]) {
  return rows.map(({ prompt, ranks, images }) => [
    prompt,
    ranks,
    images.map(({ bytes }) => Buffer.from(bytes).toString("base64")),
  ]);
}

describe("a table of any codec is the same table", async () => {
  const expected = seen(await rowsOf(join(FIXTURES, "none.parquet")));
  test("which holds a pair and a tie", () => {
    expect(expected.map(([, ranks]) => ranks)).toEqual([
      [0, 1],
      [0.5, 0.5],
    ]);
  });
  const files = ["snappy", "gzip", "brotli", "zstd", "lz4"].map((codec) => `${codec}.parquet`);
  test.each([...files, "lz4.arrow", "zstd.arrow", "file.arrow"])("%s", async (file) => {
    expect(seen(await rowsOf(join(FIXTURES, file)))).toEqual(expected);
  });

  test("and one that is there through a link, or under another name", async () => {
    const link = join(folder, "picks.data");
    symlinkSync(join(FIXTURES, "zstd.parquet"), link);
    expect(seen(await rowsOf(link))).toEqual(expected);
  });
});

test("a frame of LZ4 whose blocks refer to those before is undone, and a cut one told", () => {
  // Two blocks: "abcd" as it is, then a match of eight bytes four back, and one byte after it.
  const block = [0x04, 4, 0, 0x10, "!".charCodeAt(0)];
  const frame = Uint8Array.from([
    ...[0x04, 0x22, 0x4d, 0x18, 0x40, 0x40, 0],
    ...[4, 0, 0, 0x80, ...Buffer.from("abcd")],
    ...[block.length, 0, 0, 0, ...block],
    ...[0, 0, 0, 0],
  ]);
  expect(Buffer.from(lz4Frame(frame)).toString()).toBe("abcdabcdabcd!");
  expect(() => lz4Frame(frame.subarray(0, 20))).toThrow(RangeError);
});

describe("a data set that Hugging Face's library saved", async () => {
  const expected = seen(await rowsOf(join(FIXTURES, "trl")));
  test.each(["one-split", "shards", "shards/data", "shards/data/train"])("%s", async (name) => {
    expect(expected).toHaveLength(2);
    expect(seen(await rowsOf(join(FIXTURES, name)))).toEqual(expected);
  });

  test("again after filter and map keeps values: other integer types, no tag", async () => {
    const saved = await rowsOf(join(FIXTURES, "mapped"));
    const before = await rowsOf(join(import.meta.dirname, "../../contract/exports/parquet.parquet"));
    const pairs = before.filter(({ ranks }) => ranks[0] !== ranks[1]);
    expect(saved.map(({ prompt, ranks, images }) => ({ prompt, ranks, images }))).toEqual(
      pairs.map(({ prompt, ranks, images }) => ({ prompt, ranks, images })),
    );
  });

  test("in several splits is asked for one of them", async () => {
    const two = join(FIXTURES, "two-splits");
    await expect(rowsOf(two)).rejects.toThrow(`Name one: ${join(two, "train")}, ${join(two, "test")}`);
    const sets = join(folder, "sets");
    mkdirSync(sets);
    for (const name of ["train-00000-of-00001.parquet", "test-00000-of-00001.parquet"])
      cpSync(join(FIXTURES, "none.parquet"), join(sets, name));
    await expect(rowsOf(sets)).rejects.toThrow(`got test, train. Name one: ${join(sets, "test")}`);
    expect(await rowsOf(join(sets, "test"))).toHaveLength(2);
  });

  test("and that lies in the Hub's cache as links is read; links elsewhere are not", async () => {
    const repository = join(folder, "hub", "datasets--me--pairs");
    const snapshot = join(repository, "snapshots", "0123abcd", "data");
    mkdirSync(snapshot, { recursive: true });
    mkdirSync(join(repository, "blobs"));
    cpSync(join(FIXTURES, "none.parquet"), join(repository, "blobs", "ff00"));
    symlinkSync("../../../blobs/ff00", join(snapshot, "train-00000-of-00001.parquet"));
    expect(await rowsOf(snapshot)).toHaveLength(2);
    expect(await rowsOf(join(snapshot, ".."))).toHaveLength(2);
    writeFileSync(join(folder, "hub", "outside.parquet"), "PAR1");
    symlinkSync("../../../../outside.parquet", join(snapshot, "more-00000-of-00001.parquet"));
    await expect(rowsOf(snapshot)).rejects.toThrow(/leaves its folder/);
  });
});

describe("lines of JSON", () => {
  const prompt = "a photo of a red circle";
  const png = readPng();

  function lines(text: string | Buffer, ...more: string[]): string {
    const place = mkdtempSync(join(folder, "lines-"));
    mkdirSync(join(place, "real"));
    symlinkSync("real", join(place, "images"));
    for (const name of ["a.png", "b.png", "c.png", ...more]) writeFileSync(join(place, "images", name), png);
    writeFileSync(join(place, "pairs.jsonl"), text);
    return place;
  }

  const pair = JSON.stringify({ prompt, chosen: "images/a.png", rejected: "images/b.png" });

  test.each([
    ["with a byte order mark", `\uFEFF${pair}\n`],
    ["in UTF-16 with its mark", Buffer.from(`\uFEFF${pair}\r\n`, "utf16le")],
    ["with blank lines and Windows ends", `\r\n${pair}\r\n\r\n`],
  ])("%s are read, images through a link that stays inside", async (_what, text) => {
    expect(await rowsOf(lines(text))).toMatchObject([{ prompt, ranks: [0, 1] }]);
  });

  const [a, b, c] = ["images/a.png", "images/b.png", "images/c.png"];
  test.each([
    ["ImageReward", { prompt, generations: [a, b, c], ranking: [2, 1, 3] }, [2, 1, 3]],
    ["HPDv2", { prompt, image_path: [a, b], human_preference: [0, 1] }, [0, -1]],
    ["HPDv2's test", { prompt, image_path: [a, b, c], rank: [3, 1, 2] }, [3, 1, 2]],
    ["HPDv3", { prompt, path1: a, path2: b, choice_dist: [7, 2] }, [0, 1]],
    ["verl-omni", { prompt: [{ role: "user", content: prompt }], img_win: a, img_lose: b }, [0, 1]],
  ])("of %s are read as they are released", async (_name, row, ranks) => {
    const [found] = await rowsOf(lines(JSON.stringify(row)));
    expect(found?.prompt).toBe(prompt);
    expect(found?.ranks.map((rank) => rank + 0)).toEqual(ranks);
  });

  test.each([
    [
      "OpenAI's",
      { input: {}, preferred_output: [], non_preferred_output: [] },
      /got input, preferred_output, non_preferred_output\. OpenAI's rows hold messages/,
    ],
    ["a prompt file's", { tag: "colors", include: [], prompt }, /espalier generate takes it/],
    [
      "of other names",
      { caption: prompt, good: a, bad: b },
      /expected prompt, chosen, rejected; or .*got caption, good, bad/,
    ],
    [
      "of a text as an image",
      { prompt, chosen: "a circle", rejected: b },
      /line 1: image a circle is missing/,
    ],
    ["of contradicting votes", { prompt, path1: a, path2: b, choice_dist: [1, 8] }, /more votes for path1/],
    [
      "of more images than pairs can be made of",
      { prompt, images: Array(101).fill(a), ranks: [] },
      /at most 100 images/,
    ],
  ])("%s are refused with what they have", async (_name, row, message) => {
    await expect(rowsOf(lines(JSON.stringify(row)))).rejects.toThrow(message);
  });
});

describe("what is no file of rows is told by its first bytes", () => {
  test.each([
    ["version https://git-lfs.github.com/spec/v1\noid sha256:00", /pointer of Git LFS.*git lfs pull/],
    ["", /an empty file/],
    ["\x1f\x8b\x08", /gzip.*gunzip/],
    ["PK\x03\x04", /a ZIP archive/],
    ["<!DOCTYPE html>", /a page/],
    ["prompt,chosen\n", /what begins with "prompt,chosen/],
  ])("%j", async (start, message) => {
    const file = join(mkdtempSync(join(folder, "other-")), "pairs.parquet");
    writeFileSync(file, start, "latin1");
    const refused = await rowsOf(file).catch((error: Error) => error.message);
    expect(refused).toMatch(message);
    expect(refused).not.toMatch(/delete/i);
  });
});

test("a damaged file is never said to be one to delete", async () => {
  for (const name of ["zstd.parquet", "file.arrow", "lz4.arrow"]) {
    const whole = readFileSync(join(FIXTURES, name));
    const cut = join(folder, `cut-${basename(name)}`);
    writeFileSync(cut, whole.subarray(0, whole.length - 100));
    const refused = await rowsOf(cut).catch((error: Error) => error.message);
    expect(refused).toMatch(/cut short or damaged|cut short/);
    expect(refused).not.toMatch(/delete/i);
  }
});

function readPng(): Buffer {
  const images = join(import.meta.dirname, "../../contract/exports/jsonl/images");
  return readFileSync(join(images, "07878da3ca08c825250eafd8.png"));
}
