import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { PictureError, StoreError } from "../../src/errors.js";
import { type ReadPicturesOptions, readPictures } from "../../src/pictures/index.js";
import type { BroughtPicture } from "../../src/records/picture.js";
import { encodedPicture, withChunk } from "../fixtures/pictures.js";

let folder: string;
let png: Buffer;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "espalier-bad-pictures-"));
  png = await encodedPicture(12, 8);
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

async function all(place = folder, options: ReadPicturesOptions = {}): Promise<BroughtPicture[]> {
  const found: BroughtPicture[] = [];
  for await (const one of readPictures(place, options)) found.push(one);
  return found;
}

/** Rows of an imagefolder, after a first one that is good. */
function rows(...lines: (object | string)[]): void {
  writeFileSync(join(folder, "good.png"), png);
  const all = [{ file_name: "good.png", prompt: "a good one" }, ...lines];
  const text = all.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n");
  writeFileSync(join(folder, "metadata.jsonl"), text);
}

async function refused(bytes: Uint8Array, name = "bad.png", options: ReadPicturesOptions = {}) {
  rows({ file_name: name, prompt: "a bad one" });
  writeFileSync(join(folder, name), bytes);
  return expectRefused(options);
}

/** The message of the error, which names file and line and lets the good one before it through. */
async function expectRefused(options: ReadPicturesOptions = {}): Promise<string> {
  const before: string[] = [];
  try {
    for await (const { prompt } of readPictures(folder, options)) before.push(prompt);
  } catch (error) {
    expect(error instanceof PictureError || error instanceof StoreError).toBe(true);
    expect((error as PictureError).exitCode).toBe(2);
    expect(before).toEqual(["a good one"]);
    expect((error as Error).message).toMatch(/^metadata\.jsonl, line 2: expected .*, got .*\. .*\.$/s);
    return (error as Error).message;
  }
  throw new Error("It was taken.");
}

describe("refused with file, line and the cure", () => {
  test("a picture that is cut short, wherever it is", async () => {
    let cases = 0;
    for (const format of ["png", "jpeg", "webp"] as const) {
      const whole = await encodedPicture(40, 30, { format });
      for (const part of [0.2, 0.5, 0.9]) {
        const message = await refused(whole.subarray(0, Math.floor(whole.length * part)));
        expect(message).toMatch(/cut short|cannot be read/);
        cases++;
      }
      await expect(refused(whole.subarray(0, -1))).resolves.toContain("cut short");
    }
    expect(cases).toBe(9);
  });

  test("what is no picture under the name of one", async () => {
    expect(await refused(Buffer.from("just a text"))).toContain("a text that begins with");
    expect(await refused(Buffer.alloc(0))).toContain("an empty file");
    expect(await refused(Buffer.from("version https://git-lfs.github.com/spec/v1\noid"))).toContain(
      "git lfs pull",
    );
    expect(await refused(Buffer.from("BM\0\0\0\0\0\0\0\0\0\0\0\0"))).toContain("a BMP");
    expect(await refused(Buffer.from("%\xff\x01\x02", "latin1"))).toContain("something else");
    expect(await refused(await sharp(png).gif().toBuffer())).toContain("a GIF");
    expect(await refused(await sharp(png).tiff().toBuffer())).toContain("a TIFF");
    expect(await refused(await sharp(png).avif().toBuffer())).toContain("an AVIF, HEIC or film");
  });

  test("pictures in inks, and those that move", async () => {
    expect(await refused(await sharp(png).toColourspace("cmyk").jpeg().toBuffer(), "ink.jpg")).toContain(
      "CMYK",
    );
    expect(await refused(withChunk(png, "acTL", Buffer.from([0, 0, 0, 2, 0, 0, 0, 0])))).toContain(
      "animated",
    );
    const frames = await sharp([png, await encodedPicture(12, 8, { shade: 200 })], {
      join: { animated: true },
    })
      .webp()
      .toBuffer();
    expect(await refused(frames, "moves.webp")).toContain("animated");
  });

  test("more pixels or bytes than are allowed, by the header alone", async () => {
    expect(await refused(await encodedPicture(20, 10), "big.png", { mostPixels: 199 })).toContain(
      "20 x 10 = 200",
    );
    expect(await all(folder, { mostPixels: 200 })).toHaveLength(2);
    const header = Buffer.from(png);
    header.writeUInt32BE(100_000, 16);
    header.writeUInt32BE(100_000, 20);
    expect(await refused(header)).toMatch(/100000 x 100000|cannot be read/);
    expect(
      await refused(Buffer.concat([png, Buffer.alloc(5000)]), "long.png", { mostBytes: 4999 }),
    ).toContain("at most 4999 bytes");
  });

  test("paths that leave the folder, and what is not there", async () => {
    const outside = `${folder}-outside.png`;
    writeFileSync(outside, png);
    try {
      mkdirSync(join(folder, "sub.png"));
      const cases: [string, string][] = [
        [`../${outside.split("/").at(-1)}`, "leads out of it"],
        [outside, "leads out of it"],
        ["/etc/hostname", "leads out of it"],
        ["a\0.png", "leads out of it"],
        ["missing.png", "no such file"],
        ["sub.png", "no file"],
      ];
      for (const [path, said] of cases) {
        rows({ file_name: path, prompt: "a bad one" });
        expect(await expectRefused()).toContain(said);
      }
      symlinkSync(outside, join(folder, "link.png"));
      rows({ file_name: "link.png", prompt: "a bad one" });
      rmSync(join(folder, "sub.png"), { recursive: true });
      await expect(all()).rejects.toThrow("link.png: expected a file inside");
    } finally {
      rmSync(outside);
    }
  });

  test("prompts that are none", async () => {
    writeFileSync(join(folder, "bad.png"), png);
    const cases: [unknown, string][] = [
      ["", "got nothing in it"],
      [" \u200b\n", "got nothing in it"],
      ["a NUL \0 in it", "a NUL"],
      ["w".repeat(1_000_000), "got 1000000"],
      [null, 'expected "prompt" to be a text, got null'],
      [7, 'expected "prompt" to be a text, got 7'],
    ];
    for (const [prompt, said] of cases) {
      rows({ file_name: "bad.png", prompt });
      expect(await expectRefused()).toContain(said);
    }
  });

  test("rows that are none, in lines of JSON and in tables", async () => {
    for (const line of ['{"file_name": "good.png"', "[1]", "7"]) {
      rows(line);
      expect(await expectRefused()).toContain("expected a JSON object");
    }
    rows({ file_name: "good.png" });
    expect(await expectRefused()).toContain(
      "expected a column of a prompt (prompt, prompts, caption, text), got file_name",
    );
    rows({ prompt: "a cat", url: "x" });
    expect(await expectRefused()).toContain("expected a column of a picture");
    rows({ file_name: 7, prompt: "a cat" });
    expect(await expectRefused()).toContain('"file_name" to be a path, bytes or { bytes, path }, got 7');
    const table = join(folder, "samples.csv");
    writeFileSync(table, "image,prompt\ngood.png,a cat\ngood.png,a cat, a dog\n");
    await expect(all(table)).rejects.toThrow(/samples\.csv: line 3 is no row of the table/);
  });
});

describe("read by what it is", () => {
  test("a PNG under the name of a JPEG, and 16 bits, which are said", async () => {
    writeFileSync(join(folder, "a.jpg"), png);
    const deep = await sharp(png).toColourspace("rgb16").png().toBuffer();
    writeFileSync(join(folder, "deep.png"), deep);
    rows({ file_name: "a.jpg", prompt: "one" }, { file_name: "deep.png", prompt: "two" });
    const [, one, two] = await all();
    expect(one?.picture.format).toBe("png");
    expect(one?.metadata).toEqual({});
    expect(two?.metadata).toEqual({ bits_per_channel: 16 });
  });

  test("a photograph that lies on its side, with the size it is shown at", async () => {
    const sizes = [];
    for (const orientation of [1, 3, 6, 8]) {
      const bytes = await sharp(png).jpeg().withMetadata({ orientation }).toBuffer();
      writeFileSync(join(folder, "phone.jpg"), bytes);
      rows({ file_name: "phone.jpg", prompt: "a phone's" });
      const { width, height } = (await all()).at(-1)?.picture ?? { width: 0, height: 0 };
      sizes.push([orientation, width, height]);
    }
    expect(sizes).toEqual([
      [1, 12, 8],
      [3, 12, 8],
      [6, 8, 12],
      [8, 8, 12],
    ]);
  });

  test("a JPEG with a film after its end, as phones write it", async () => {
    const film = Buffer.concat([await encodedPicture(12, 8, { format: "jpeg" }), Buffer.alloc(500, 7)]);
    writeFileSync(join(folder, "phone.jpg"), film);
    rows({ file_name: "phone.jpg", prompt: "a phone's" });
    expect((await all()).at(-1)?.picture.bytes).toBe(film.length);
  });

  test("names in any script, composed or not", async () => {
    const name = "Füchse 狐 🦊";
    writeFileSync(join(folder, `${name.normalize("NFD")}.png`), png);
    rows({ file_name: `${name.normalize("NFC")}.png`, prompt: "one" });
    expect((await all()).map(({ prompt }) => prompt)).toEqual(["a good one", "one"]);
  });

  test("a path of Windows, and pictures beside files that are no tables", async () => {
    mkdirSync(join(folder, "images"));
    writeFileSync(join(folder, "images", "a cat_000001.png"), png);
    rows({ file_name: "images\\a cat_000001.png", prompt: "one" });
    expect((await all()).map(({ prompt }) => prompt)).toEqual(["a good one", "one"]);
    for (const name of ["metadata.jsonl", "good.png"]) rmSync(join(folder, name));
    writeFileSync(join(folder, "config.json"), '{\n  "steps": 20\n}\n');
    writeFileSync(join(folder, "scores.csv"), "image,score\na.png,1,2\n");
    writeFileSync(join(folder, "broken.parquet"), "PAR1");
    expect((await all()).map(({ prompt }) => prompt)).toEqual(["a cat"]);
  });

  test("an absolute path inside the folder, and one that comes back into it", async () => {
    rows(
      { file_name: join(folder, "good.png"), prompt: "absolute" },
      { file_name: "x/../good.png", prompt: "there and back" },
    );
    expect((await all()).map(({ prompt }) => prompt)).toEqual(["a good one", "absolute", "there and back"]);
  });

  test("text as any system saves it", async () => {
    writeFileSync(join(folder, "good.png"), png);
    const lines =
      '{"file_name":"good.png","text":"ein Füchslein"}\r\n\r\n{"file_name":"good.png","text":"zwei"}\r\n';
    const table = 'file_name;prompt;seed\r\ngood.png;"ein Füchslein";7\r\ngood.png;zwei;8\r\n';
    let cases = 0;
    for (const [name, text] of [
      ["metadata.jsonl", lines],
      ["metadata.csv", table],
    ] as const) {
      const wide = Buffer.from(`\ufeff${text}`, "utf16le");
      for (const bytes of [
        Buffer.from(text),
        Buffer.from(`\ufeff${text}`),
        wide,
        Buffer.from(wide).swap16(),
      ]) {
        writeFileSync(join(folder, name), bytes);
        expect((await all()).map(({ prompt }) => prompt)).toEqual(["ein Füchslein", "zwei"]);
        cases++;
      }
      rmSync(join(folder, name));
    }
    writeFileSync(join(folder, "good.txt"), Buffer.from("\ufeffein Füchslein,\r\nim Schnee\r\n", "utf16le"));
    expect((await all()).map(({ prompt }) => prompt)).toEqual(["ein Füchslein,\nim Schnee"]);
    expect(cases).toBe(8);
  });
});

describe("links", () => {
  test("are followed inside the folder", async () => {
    mkdirSync(join(folder, "kept"));
    writeFileSync(join(folder, "kept", "a cat_000000.png"), png);
    writeFileSync(join(folder, "kept", "two_000000.png"), await encodedPicture(3, 3));
    symlinkSync("kept", join(folder, "again"));
    symlinkSync("kept/a cat_000000.png", join(folder, "a dog_000000.png"));
    const leftOut: string[] = [];
    const found = await all(folder, { onLeftOut: (_, where) => leftOut.push(where) });
    expect(found.map(({ where }) => where)).toEqual([
      "a dog_000000.png",
      "again/a cat_000000.png",
      "again/two_000000.png",
    ]);
    expect(leftOut).toEqual(["kept/a cat_000000.png", "kept/two_000000.png"]);
  });

  test("are refused where they lead out, nowhere or in a circle", async () => {
    writeFileSync(join(folder, "a cat_000000.png"), png);
    let cases = 0;
    for (const [target, said] of [
      [tmpdir(), "leads out of it"],
      [".", "a link to a folder that it lies in"],
    ]) {
      symlinkSync(target as string, join(folder, "link"));
      await expect(all()).rejects.toThrow(said);
      rmSync(join(folder, "link"));
      cases++;
    }
    for (const target of ["gone.png", "link.png"]) {
      symlinkSync(target, join(folder, "link.png"));
      await expect(all()).rejects.toThrow("leads nowhere");
      rmSync(join(folder, "link.png"));
      cases++;
    }
    expect(cases).toBe(4);
  });
});

test("a place without pictures says what it looked for", async () => {
  await expect(all(join(folder, "gone"))).rejects.toThrow("does not exist");
  await expect(all()).rejects.toThrow("expected pictures, or a table that names them, got none");
  writeFileSync(join(folder, "IMG_1234.png"), png);
  await expect(all()).rejects.toThrow(/expected the prompt of this picture somewhere, got none.*--format/s);
  await expect(all(join(folder, "IMG_1234.png"))).rejects.toThrow("got one picture. Name its folder.");
  await expect(all(folder, { format: "text-beside" })).rejects.toThrow("expected its prompt in IMG_1234.txt");
  await expect(all(folder, { format: "in-picture" })).rejects.toThrow(
    /^IMG_1234.png: expected a PNG with the text/,
  );
  await expect(all(folder, { format: "geneval" })).rejects.toThrow("laid out as geneval, got none");
});
