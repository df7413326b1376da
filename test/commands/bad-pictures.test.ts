import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeParquet } from "../../src/adapters/parquet/index.js";
import { openStore } from "../../src/adapters/store/index.js";
import { workspacePaths } from "../../src/paths.js";
import { espalier } from "../espalier-command.js";
import { encodedPicture, tableOf, withChunk, withText } from "../fixtures/pictures.js";
import { runIn } from "./surroundings.js";

const MINUTES = 60_000;
/** A picture or a prompt that is refused, and what is said of it. */
interface Bad {
  readonly bytes?: Buffer;
  readonly prompt?: string;
  readonly said: RegExp;
}

let folder = "";
let png: Buffer;
let bad: Readonly<Record<string, Bad>>;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "espalier-bad-pictures-"));
  png = await encodedPicture(12, 8);
  bad = await badOnes();
  mkdirSync(join(folder, "first"));
  writeFileSync(join(folder, "first", "a red cup_000001.png"), png);
  const { status, stderr } = await runIn(folder, importing("first"));
  expect(status, stderr).toBe(0);
}, MINUTES);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function badOnes(): Promise<Record<string, Bad>> {
  const jpeg = await encodedPicture(40, 30, { format: "jpeg" });
  const webp = await encodedPicture(40, 30, { format: "webp" });
  const two = { join: { animated: true } };
  const huge = Buffer.from(png);
  for (const at of [16, 20]) huge.writeUInt32BE(100_000, at);
  return {
    "a PNG that is cut short": { bytes: png.subarray(0, -9), said: /whole PNG, got one that is cut short/ },
    "a JPEG that is cut short": {
      bytes: jpeg.subarray(0, jpeg.length / 2),
      said: /whole JPEG, got one that is cut short/,
    },
    "a WebP that is cut short": {
      bytes: webp.subarray(0, -4),
      said: /whole WebP, got one that is cut short/,
    },
    "a text under the name of a picture": { bytes: Buffer.from("<html>"), said: /got a text that begins/ },
    "a GIF under the name of a PNG": { bytes: await sharp(png).gif().toBuffer(), said: /got a GIF/ },
    "a picture in CMYK": {
      bytes: await sharp(png).toColourspace("cmyk").jpeg().toBuffer(),
      said: /in CMYK, for print. Save it in sRGB/,
    },
    "an animated PNG": {
      bytes: withChunk(png, "acTL", Buffer.from([0, 0, 0, 2, 0, 0, 0, 0])),
      said: /got an animated one/,
    },
    "an animated WebP": {
      bytes: await sharp([png, await encodedPicture(12, 8, { shade: 200 })], two)
        .webp()
        .toBuffer(),
      said: /got an animated one/,
    },
    "a picture of ten thousand million pixels": { bytes: huge, said: /100000 x 100000|cannot be read/ },
    "a picture of 18 million pixels": {
      bytes: await encodedPicture(6000, 3000),
      said: /at most \d+ pixels, got 6000 x 3000 = 18000000. Make it smaller, or allow more with --most-pixels/,
    },
    "an empty prompt": { prompt: "", said: /expected a prompt, got nothing in it/ },
    "a prompt of blanks": { prompt: " \u200b ", said: /expected a prompt, got nothing in it/ },
    "a prompt of a million characters": {
      prompt: "w".repeat(1_000_000),
      said: /a prompt of at most 20000 characters, got \d+\. Shorten it/,
    },
  };
}

/** Ways of keeping pictures that name the bad one: writes a good picture, then it; gives what the error must name. */
const SOURCES: Readonly<Record<string, (place: string, one: Required<Omit<Bad, "said">>) => unknown>> = {
  "lines of JSON": (place, { bytes, prompt }) => {
    inPlace(place, "bad.png", bytes);
    const rows = [
      { file_name: "good.png", prompt: "good" },
      { file_name: "bad.png", prompt },
    ];
    inPlace(place, "metadata.jsonl", tableOf("jsonl", rows));
    return "metadata.jsonl, line 2: ";
  },
  "a CSV": (place, { bytes, prompt }) => {
    inPlace(place, "bad.png", bytes);
    const rows = [
      { image: "good.png", prompt: "good" },
      { image: "bad.png", prompt },
    ];
    inPlace(place, "samples.csv", tableOf("csv", rows));
    return "samples.csv, line 3: ";
  },
  "a JSON list": (place, { bytes, prompt }) => {
    inPlace(place, "bad.png", bytes);
    const rows = [
      { image: "good.png", prompt: "good" },
      { image: "bad.png", prompt },
    ];
    inPlace(place, "samples.json", JSON.stringify(rows));
    return "samples.json, entry 2: ";
  },
  Parquet: async (place, { bytes, prompt }) => {
    const rows = [
      { image: { bytes: png, path: "" }, prompt: "good" },
      { image: { bytes, path: "" }, prompt },
    ];
    const stream = async function* () {
      yield* rows;
    };
    await writeParquet(join(place, "samples.parquet"), { image: "image", prompt: "text" }, stream());
    return "samples.parquet, row 1: ";
  },
  "GenEval's folders": (place, { bytes, prompt }) => {
    inPlace(place, "00000/metadata.jsonl", JSON.stringify({ prompt: "good" }));
    inPlace(place, "00000/samples/00000.png", png);
    inPlace(place, "00001/metadata.jsonl", JSON.stringify({ prompt }));
    inPlace(place, "00001/samples/00000.png", bytes);
    return "00001/samples/00000.png";
  },
  "texts beside": (place, { bytes, prompt }) => {
    inPlace(place, "good.txt", "good");
    inPlace(place, "later.png", bytes);
    inPlace(place, "later.txt", prompt);
    return "later.png";
  },
};
const WHERE_PROMPTS_LIE: Readonly<Record<string, string>> = {
  "GenEval's folders": "00001/samples/00000.png, 00001/metadata.jsonl, line 1: ",
  "texts beside": "later.png, later.txt: ",
};

function inPlace(place: string, path: string, content: Buffer | string): void {
  mkdirSync(join(place, path, ".."), { recursive: true });
  writeFileSync(join(place, path), content);
}

const importing = (place: string, workspace = "w") => [
  ...["import-images", place, "--from", "mine", "--workspace", workspace],
];

/** All that the ledger says, and every other file of the workspace. */
function kept(): unknown {
  const store = openStore(workspacePaths(join(folder, "w")), { readOnly: true });
  try {
    const runs = store.runs.list();
    const stages = runs.flatMap(({ id }) => store.stages.list(id));
    const source = store.checkpoints.find("mine")?.id ?? "";
    const files = readdirSync(join(folder, "w"), { recursive: true, encoding: "utf8" });
    return {
      ...{ runs, stages, candidates: [...store.candidates.ofSource(source)] },
      files: files.filter((name) => !name.startsWith("espalier.db")).sort(),
    };
  } finally {
    store.close();
  }
}

/** What the command said when it refused; nothing was kept. */
async function refused(words: readonly string[]): Promise<string> {
  const before = kept();
  const { status, stdout, stderr } = await runIn(folder, words);
  expect([status, stdout]).toEqual([2, ""]);
  expect(kept()).toEqual(before);
  return stderr;
}

function placeOf(name: string): string {
  rmSync(join(folder, name), { recursive: true, force: true });
  inPlace(join(folder, name), "good.png", png);
  return join(folder, name);
}

describe("refused with exit 2, the file and the line, and the ledger as it was", () => {
  test.each(Object.keys(SOURCES))("in %s", { timeout: 5 * MINUTES }, async (source) => {
    let cases = 0;
    for (const [name, { bytes = png, prompt = "bad", said }] of Object.entries(bad)) {
      const place = placeOf("bad");
      // GenEval's folders and those with texts have no table; a picture of theirs without a prompt would be the fault.
      if (source === "GenEval's folders" || source === "Parquet") rmSync(join(place, "good.png"));
      const named = String(await SOURCES[source]?.(place, { bytes, prompt }));
      const error = await refused(importing("bad"));
      expect([name, error]).toEqual([name, expect.stringMatching(said)]);
      expect([name, error]).toEqual([name, expect.stringContaining(named)]);
      if (prompt !== "bad") expect(error).toContain(WHERE_PROMPTS_LIE[source] ?? named);
      cases++;
    }
    expect(cases).toBe(13);
  });

  test("links and paths that lead out of the folder, and links that lead nowhere", async () => {
    const outside = join(folder, "outside.png");
    writeFileSync(outside, png);
    const place = placeOf("links");
    inPlace(place, "good.txt", "good");
    let cases = 0;
    for (const [target, said] of [
      [outside, "links.png: expected a file inside"],
      [folder, "leads out of it"],
      ["gone.png", "leads nowhere"],
      [".", "a link to a folder that it lies in"],
    ] as const) {
      symlinkSync(target, join(place, "links.png"));
      inPlace(place, "links.txt", "a link");
      expect(await refused(importing("links"))).toContain(said);
      rmSync(join(place, "links.png"));
      cases++;
    }
    for (const path of ["../outside.png", outside, "a\\..\\..\\outside.png"]) {
      inPlace(place, "metadata.jsonl", tableOf("jsonl", [{ file_name: path, prompt: "x" }]));
      const error = await refused(importing("links"));
      expect(error).toMatch(/metadata\.jsonl, line 1: expected .*(leads out of it|no such file)/);
      cases++;
    }
    expect(cases).toBe(7);
  });

  test("text that is none, and rows that are none", async () => {
    const place = placeOf("texts");
    const cases: [string, Buffer | string, RegExp][] = [
      ["metadata.jsonl", '{"file_name":"good.png","prompt":"x"}\n{"file_name"', /metadata\.jsonl, line 2: /],
      ["metadata.jsonl", Buffer.from("{}\xff\n", "latin1"), /metadata\.jsonl.*UTF-8/s],
      ["metadata.csv", "file_name,prompt\ngood.png,a cat\ngood.png,a cat, a dog\n", /metadata\.csv.*line 3/s],
      [
        "metadata.csv",
        "file_name,size\ngood.png,3\n",
        /metadata\.csv, line 2: expected a column of a prompt/,
      ],
      [
        "samples.tsv",
        'image\tprompt\ngood.png\t""\n',
        /samples\.tsv, line 2: expected a prompt, got nothing/,
      ],
      ["samples.tsv", "image\tprompt\n\tx\n", /samples\.tsv, line 2: expected "image" to be a path/],
      [
        "good.txt",
        Buffer.from("ein F\xfcchslein", "latin1"),
        /good\.png: in good\.txt: expected text in UTF-8/,
      ],
    ];
    for (const [name, text, said] of cases) {
      inPlace(place, name, text);
      expect(await refused(importing("texts"))).toMatch(said);
      rmSync(join(place, name));
    }
    expect(cases).toHaveLength(7);
  });

  test("as a process of its own, which makes no workspace either", { timeout: 2 * MINUTES }, async () => {
    const place = placeOf("bad");
    inPlace(place, "metadata.jsonl", tableOf("jsonl", [{ file_name: "gone.png", prompt: "x" }]));
    const before = kept();
    for (const workspace of ["w", "new"]) {
      const { status, stdout, stderr } = await espalier(importing("bad", workspace), { cwd: folder });
      expect([status, stdout]).toEqual([2, ""]);
      expect(stderr).toContain("metadata.jsonl, line 1: expected a picture, got no such file");
      expect(stderr).not.toMatch(/^ +at /m);
    }
    expect(kept()).toEqual(before);
    expect(existsSync(join(folder, "new"))).toBe(false);
  });

  test("pictures that were copied before and after the bad one are taken away again", async () => {
    const place = placeOf("copied");
    rmSync(join(place, "good.png"));
    for (let number = 0; number < 12; number++) {
      const bytes = number === 6 ? png.subarray(0, -9) : await encodedPicture(12, 8, { shade: number });
      writeFileSync(join(place, `a red cup_${number}.png`), bytes);
    }
    const words = ["--copy", "--format", "file-names"];
    expect(await refused([...importing("copied"), ...words])).toContain("a red cup_6.png: expected a whole");
    expect((await runIn(folder, [...importing("copied", "new"), ...words])).status).toBe(2);
    expect(existsSync(join(folder, "new"))).toBe(false);
  });
});

describe("taken as it is meant", () => {
  /** What is in a workspace of its own after the import of a place: prompt, picture and metadata. */
  async function taken(name: string, said: string) {
    const workspace = `of-${name}`;
    const { status, stdout, stderr } = await runIn(folder, importing(name, workspace));
    expect(status, stderr).toBe(0);
    expect(stdout).toContain(said);
    const store = openStore(workspacePaths(join(folder, workspace)), { readOnly: true });
    try {
      const source = store.checkpoints.find("mine")?.id as string;
      return [...store.candidates.ofSource(source)].map(({ id, picture, metadata, seed }) => ({
        ...{ picture, metadata, seed },
        prompt: store.prompts.find(store.candidates.find(id)?.promptId ?? "")?.text,
      }));
    } finally {
      store.close();
    }
  }

  test("names of another format, sixteen bits, a link inside, and names in any script", async () => {
    const place = placeOf("kinds");
    inPlace(place, "kept/inside.png", await encodedPicture(5, 5));
    symlinkSync("kept/inside.png", join(place, "link.png"));
    writeFileSync(join(place, "webp.jpg"), await encodedPicture(6, 6, { format: "webp" }));
    writeFileSync(join(place, "deep.png"), await sharp(png).toColourspace("rgb16").png().toBuffer());
    const script = "Füchse 狐 🦊 لوحة";
    writeFileSync(join(place, `${script.normalize("NFD")}.png`), await encodedPicture(7, 7));
    const names = ["link.png", "webp.jpg", "deep.png", `${script}.png`];
    const rows = names.map((file_name) => ({ file_name, prompt: file_name }));
    inPlace(place, "metadata.jsonl", tableOf("jsonl", rows));
    const found = await taken("kinds", "4 pictures are new, 0 known.");
    const of = new Map(found.map((one) => [one.prompt, one]));
    expect(of.get("webp.jpg")?.picture?.format).toBe("webp");
    expect(of.get("deep.png")?.metadata).toEqual({ bits_per_channel: 16 });
    expect(of.get("link.png")?.picture?.width).toBe(5);
    expect(of.get(`${script}.png`)?.picture?.width).toBe(7);
  });

  test("a photograph that lies on its side is the size it is shown at, with the bytes it came with", async () => {
    const place = placeOf("phone");
    const bytes = await sharp(png).jpeg().withMetadata({ orientation: 6 }).toBuffer();
    writeFileSync(join(place, "phone_000001.jpg"), bytes);
    rmSync(join(place, "good.png"));
    const [one] = await taken("phone", "1 picture is new, 0 known.");
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    expect(one?.picture).toMatchObject({ width: 8, height: 12, sha256, bytes: bytes.length });
    expect(readFileSync(join(place, "phone_000001.jpg")).equals(bytes)).toBe(true);
  });

  test("rows that repeat one: nothing comes twice, and it is said; a line added is the one that is new", async () => {
    const place = placeOf("twice");
    const row = { file_name: "good.png", prompt: "one" };
    inPlace(place, "metadata.jsonl", tableOf("jsonl", [row, row, { ...row, prompt: "two" }, row]));
    expect(await taken("twice", "2 pictures of the same bytes and prompt left out")).toHaveLength(2);
    expect(await taken("twice", "0 pictures are new, 2 known.")).toHaveLength(2);
    const more = [row, { ...row, prompt: "two" }, { ...row, prompt: "three" }];
    inPlace(place, "metadata.jsonl", tableOf("jsonl", more));
    expect(await taken("twice", "1 picture is new, 2 known.")).toHaveLength(3);
  });

  test("marks, line ends and wide characters, in lines of JSON, tables, texts beside and inside a picture", async () => {
    let cases = 0;
    const prompts = ["ein Füchslein", "狐"];
    const rows = prompts.map((prompt) => ({ file_name: "good.png", prompt }));
    for (const kind of ["jsonl", "csv"]) {
      const text = tableOf(kind, rows).replaceAll("\n", "\r\n");
      const wide = Buffer.from(`\ufeff${text}`, "utf16le");
      const saved = { bom: Buffer.from(`\ufeff${text}`), crlf: Buffer.from(text), utf16: wide };
      for (const [how, bytes] of Object.entries({ ...saved, "utf16-be": Buffer.from(wide).swap16() })) {
        const name = `${kind}-${how}`;
        inPlace(placeOf(name), `metadata.${kind}`, bytes);
        const found = await taken(name, "2 pictures are new, 0 known.");
        expect(found.map(({ prompt }) => prompt).sort()).toEqual([...prompts].sort());
        cases++;
      }
    }
    const beside = placeOf("beside");
    inPlace(beside, "good.txt", Buffer.from("\ufeffein Füchslein,\r\nim Schnee\r\n", "utf16le"));
    expect((await taken("beside", "1 picture is new"))[0]?.prompt).toBe("ein Füchslein,\nim Schnee");
    const inside = placeOf("inside");
    writeFileSync(join(inside, "good.png"), withText(png, "parameters", "ein Füchslein\nSteps: 4, Seed: 7"));
    expect(await taken("inside", "1 picture is new")).toMatchObject([{ prompt: "ein Füchslein", seed: 7 }]);
    expect(cases).toBe(8);
  });
});
