import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import sharp from "sharp";
import { afterAll, describe, expect, test } from "vitest";
import { type PairFileRow, readPairs, writePairs } from "../../../src/adapters/arrow/index.js";
import { writeParquet } from "../../../src/adapters/parquet/index.js";
import { openStore } from "../../../src/adapters/store/index.js";
import { FORMAT_FACTS, type FormatName } from "../../../src/config/formats.js";
import { freezeConfig } from "../../../src/config/freeze-config.js";
import { workspacePaths } from "../../../src/paths.js";
import { exportFrom, importInto } from "../../../src/runner/single-stages/import-export.js";

/** Real pairs of the bundled models, the second made a tie. */
const SAMPLE = join(import.meta.dirname, "../../fixtures/review/pairs.arrow");
const folder = mkdtempSync(join(tmpdir(), "espalier-exchange-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let made = 0;

function fresh(name: string): string {
  made += 1;
  return join(folder, `${made}-${name}`);
}

function bring(path: string, format: FormatName | null, workspace: string, resize = false) {
  const config = freezeConfig({ name: "by-hand", rounds: 1 });
  return importInto({ path, format, resize }, { config, workspace, now: () => 0 });
}

async function rowsOf(file: string): Promise<PairFileRow[]> {
  const rows: PairFileRow[] = [];
  for await (const row of readPairs(file)) rows.push(row);
  return rows;
}

/** A few pairs in the house's Arrow file, one of them a tie. */
async function sample(): Promise<{ file: string; rows: PairFileRow[] }> {
  const [first, second, third] = (await rowsOf(SAMPLE)) as [PairFileRow, PairFileRow, PairFileRow];
  const { rejected } = second;
  const tie = { ...second, margin: 0, rejected: { ...rejected, score: second.chosen.score } };
  const rows = [first, tie, third];
  const file = fresh("sample.arrow");
  await writePairs(file, rows, { tokens: first.chosen.tokens.length, text: first.text.length });
  return { file, rows };
}

/** Ids of the pairs stage and of the ties stage, if there is one. */
function setsOf(workspace: string): string[] {
  const store = openStore(workspacePaths(workspace), { readOnly: true });
  try {
    return store.stages
      .list("by-hand")
      .filter(({ name }) => name === "pairs" || name === "ties")
      .map(({ id }) => id);
  } finally {
    store.close();
  }
}

async function carried(file: string, format: FormatName | null): Promise<string> {
  const workspace = fresh("workspace");
  await bring(file, format, workspace);
  return workspace;
}

async function sentOut(workspace: string, format: FormatName) {
  const { container } = FORMAT_FACTS[format];
  const out = fresh(`out${container === "folder" ? "" : container}`);
  return exportFrom(workspace, { stages: setsOf(workspace), format, out });
}

function sorted(rows: readonly PairFileRow[]): PairFileRow[] {
  return [...rows].sort((one, other) => (one.id < other.id ? -1 : 1));
}

describe("a pair set", async () => {
  const { file, rows } = await sample();
  const home = await carried(file, "arrow");

  test.each(["arrow", "save-to-disk", "parquet"] as const)("comes back from %s as it was", async (format) => {
    const { out, pairs, ties, lost } = await sentOut(home, format);
    expect([pairs, ties, lost]).toEqual([2, 1, [expect.stringContaining("stay in the ledger")]]);
    // The layout is found out, too.
    const again = await sentOut(await carried(out, null), "arrow");
    expect(sorted(await rowsOf(again.out))).toEqual(sorted(rows));
  });

  const PARTLY = [
    ...(["pick-a-pic", "diffusers-dpo", "flow-factory", "imagefolder", "webdataset"] as const),
    ...(["verl-omni", "trl", "jsonl"] as const),
  ];
  test.each(PARTLY)("comes back from %s with all that it has a place for", async (format) => {
    const { out, lost } = await sentOut(home, format);
    expect(lost.length).toBeGreaterThan(1);
    const again = await sentOut(await carried(out, null), "arrow");
    const found = sorted(await rowsOf(again.out));
    const kept = lost.join().includes("ties") ? rows.filter(({ margin }) => margin > 0) : rows;
    const scored = !lost.join().includes("scores");
    const view = (row: PairFileRow) => {
      const ofSide = (side: PairFileRow["chosen"]) => [side.id, Buffer.from(side.png).toString("hex")];
      const scores = scored ? [row.chosen.score, row.rejected.score, row.chosen.seed, row.rejected.seed] : [];
      const sides = [ofSide(row.chosen), ofSide(row.rejected)];
      return [row.prompt, row.tag, row.margin > 0, scores, row.margin > 0 ? sides : sides.sort()];
    };
    const byPrompt = (one: unknown[], other: unknown[]) => (String(one) < String(other) ? -1 : 1);
    expect(found.map(view).sort(byPrompt)).toEqual(kept.map(view).sort(byPrompt));
    // Encoded images are trainable: a grid of the tokenizer's size.
    for (const { chosen } of found)
      expect(chosen.tokens).toHaveLength(rows[0]?.chosen.tokens.length as number);
  });

  test("keeps the tokens it knows when its own export comes home", async () => {
    const { out } = await sentOut(home, "pick-a-pic");
    const workspace = fresh("copy");
    await bring(file, "arrow", workspace);
    await bring(out, "pick-a-pic", workspace);
    const again = await exportFrom(workspace, {
      stages: setsOf(workspace),
      format: "arrow",
      out: fresh("all.arrow"),
    });
    const tokens = new Map(rows.map(({ chosen }) => [chosen.id, chosen.tokens]));
    for (const { chosen } of await rowsOf(again.out)) {
      if (tokens.has(chosen.id)) expect(chosen.tokens).toEqual(tokens.get(chosen.id));
    }
  });

  test("does not overwrite what is there", async () => {
    const out = fresh("there");
    writeFileSync(out, "mine");
    const refused = exportFrom(home, { stages: setsOf(home), format: "arrow", out });
    await expect(refused).rejects.toThrow(/is there already/);
    expect(readFileSync(out, "utf8")).toBe("mine");
  });

  test("is not written under a name that import cannot read", async () => {
    const out = fresh("nameless");
    const refused = exportFrom(home, { stages: setsOf(home), format: "parquet", out });
    await expect(refused).rejects.toThrow(
      `Expected --out to end in .parquet, by which readers know the layout`,
    );
    expect(existsSync(out)).toBe(false);
  });
});

describe("a ranking", () => {
  test("becomes a pair for every two images of different rank, and a tie for equal ones", async () => {
    const { rows } = await sample();
    const place = fresh("ranking");
    mkdirSync(place);
    const images = rows.slice(0, 2).flatMap(({ chosen, rejected }) => [chosen, rejected]);
    for (const { id, png } of images) writeFileSync(join(place, `${id}.png`), png);
    const prompt = (rows[0] as PairFileRow).prompt;
    const line = { prompt, images: images.map(({ id }) => `${id}.png`), ranks: [1, 2, 2, 3] };
    writeFileSync(join(place, "pairs.jsonl"), JSON.stringify(line));
    const workspace = fresh("workspace");
    const stage = await bring(place, "jsonl", workspace);
    expect(stage.summary).toMatchObject({ pairs: 5, preferences: 1 });
    const { out, ties } = await sentOut(workspace, "arrow");
    expect(ties).toBe(1);
    const scores = (await rowsOf(out)).map(({ chosen, rejected }) => [chosen.score, rejected.score]);
    expect(scores).toContainEqual([1, 0]);
    expect(scores).toContainEqual([0.5, 0.5]);
  });
});

describe("a bad file", async () => {
  const { rows } = await sample();
  const [pair] = rows as [PairFileRow];
  const workspace = fresh("workspace");
  await bring((await sample()).file, "arrow", workspace);
  const ledger = () => {
    const store = openStore(workspacePaths(workspace), { readOnly: true });
    const counts = store.counts();
    store.close();
    return counts;
  };
  const before = ledger();

  function lines(...given: object[]): string {
    const place = fresh("lines");
    mkdirSync(join(place, "images"), { recursive: true });
    writeFileSync(join(place, "images/good.png"), pair.chosen.png);
    writeFileSync(join(place, "images/other.png"), pair.rejected.png);
    const good = { prompt: pair.prompt, chosen: "images/good.png", rejected: "images/other.png" };
    const written = [good, ...given.map((one) => ({ ...good, ...one }))];
    writeFileSync(join(place, "pairs.jsonl"), written.map((line) => JSON.stringify(line)).join("\n"));
    return place;
  }

  async function withImage(bytes: Uint8Array): Promise<string> {
    const place = lines({ rejected: "images/bad.png" });
    writeFileSync(join(place, "images/bad.png"), bytes);
    return place;
  }

  const flat = (width: number, height: number) =>
    sharp({ create: { width, height, channels: 3, background: "red" } })
      .png()
      .toBuffer();

  const CASES: [string, FormatName | null, () => Promise<string> | string, RegExp][] = [
    ["a missing file", "parquet", () => join(folder, "nowhere.parquet"), /nowhere.parquet does not exist/],
    ["a name that is nowhere", null, () => join(folder, "nowhere"), /nowhere does not exist/],
    [
      "a file of another kind",
      null,
      () => {
        const place = fresh("pairs.csv");
        writeFileSync(place, "prompt,chosen,rejected");
        return place;
      },
      /no layout that is known: expected Arrow, Parquet, WebDataset shards or lines of JSON \(or one list of it\), got .*prompt,chosen/,
    ],
    [
      "a Parquet file of other columns",
      null,
      async () => {
        const file = fresh("other.parquet");
        await writeParquet(file, { question: "text" }, rowsFrom({ question: "?" }));
        return file;
      },
      /expected the columns .*, got question\. Name one with --format/,
    ],
    [
      "a truncated Parquet file",
      "parquet",
      async () => {
        const { out } = await sentOut(workspace, "parquet");
        writeFileSync(out, readFileSync(out).subarray(0, 2000));
        return out;
      },
      /cannot be read as Parquet/,
    ],
    [
      "a truncated Arrow file",
      "arrow",
      () => {
        const cut = fresh("cut.arrow");
        writeFileSync(cut, readFileSync(SAMPLE).subarray(0, 5000));
        return cut;
      },
      /cut short/,
    ],
    [
      "a folder of no data set",
      "save-to-disk",
      () => {
        const place = fresh("empty");
        mkdirSync(place);
        return place;
      },
      /holds no state.json/,
    ],
    [
      "a data set that names a file outside of it",
      "save-to-disk",
      async () => {
        const { out } = await sentOut(workspace, "save-to-disk");
        copyFileSync(SAMPLE, join(folder, "outside.arrow"));
        writeFileSync(
          join(out, "state.json"),
          JSON.stringify({ _data_files: [{ filename: "../outside.arrow" }] }),
        );
        return out;
      },
      /leaves its folder/,
    ],
    [
      "a label of another type",
      "pick-a-pic",
      async () => {
        const file = fresh("wrong.parquet");
        const row = {
          caption: pair.prompt,
          jpg_0: pair.chosen.png,
          jpg_1: pair.rejected.png,
          label_0: "best",
        };
        const columns = { caption: "text", jpg_0: "bytes", jpg_1: "bytes", label_0: "text" } as const;
        await writeParquet(file, columns, rowsFrom(row));
        return file;
      },
      /row 0: expected "label_0" to be a number, got "best"/,
    ],
    [
      "another format's columns",
      "trl",
      async () => (await sentOut(workspace, "pick-a-pic")).out,
      /has no column prompt/,
    ],
    [
      "an image that is missing",
      "jsonl",
      () => lines({ chosen: "images/none.png" }),
      /line 2: image images\/none.png is missing/,
    ],
    [
      "a path outside the folder",
      "jsonl",
      () => lines({ chosen: "../../etc/passwd" }),
      /line 2: Path .* leaves its folder/,
    ],
    [
      "an absolute path",
      "jsonl",
      () => lines({ chosen: "/etc/passwd" }),
      /line 2: Path .* leaves its folder/,
    ],
    [
      "a line that is no JSON",
      "jsonl",
      () => {
        const place = lines();
        writeFileSync(join(place, "pairs.jsonl"), "{");
        return place;
      },
      /line 1: expected a JSON object/,
    ],
    ["a prompt of other words", "jsonl", () => lines({ prompt: "a photo of a zebra" }), /line 2: .*zebra/],
    [
      "a text for an image",
      "jsonl",
      () => withImage(Buffer.from("not an image")),
      /line 2: expected a whole PNG, JPEG or WebP/,
    ],
    [
      "a truncated image",
      "jsonl",
      () => withImage(pair.chosen.png.subarray(0, pair.chosen.png.length - 40)),
      /line 2: expected a whole PNG/,
    ],
    [
      "an image of another size",
      "jsonl",
      async () => withImage(await flat(32, 64)),
      /expected images of 64 x 64 pixels.*got 32 x 64.*--resize/,
    ],
    [
      "100 megapixels in a small file",
      "jsonl",
      async () => withImage(claiming(await flat(64, 64), 10_000)),
      /line 2: .*(pixel limit|more than)/,
    ],
    [
      "tokens of another image",
      "arrow",
      async () => {
        const strange = {
          ...pair,
          chosen: {
            ...pair.chosen,
            id: "f".repeat(24),
            tokens: pair.chosen.tokens.map((one) => (one + 100) % 500),
          },
        };
        const file = fresh("strange.arrow");
        await writePairs(file, [strange], { tokens: pair.chosen.tokens.length, text: pair.text.length });
        return file;
      },
      /decode to another image/,
    ],
  ];

  test.each(CASES)("%s is refused and leaves the ledger as it was", async (_what, format, make, message) => {
    const path = await make();
    await expect(bring(path, format, workspace)).rejects.toThrow(message);
    expect(ledger()).toEqual(before);
  });

  test("an id that is no id of ours names nothing: no file is written by it", async () => {
    const file = fresh("climbing.arrow");
    const chosen = { ...pair.chosen, id: "../../../climbed" };
    await writePairs(file, [{ ...pair, chosen }], { tokens: chosen.tokens.length, text: pair.text.length });
    const place = fresh("workspace");
    await bring(file, null, place);
    const { out } = await sentOut(place, "jsonl");
    const [line = ""] = readFileSync(join(out, "pairs.jsonl"), "utf8").split("\n");
    expect((JSON.parse(line) as { chosen: string }).chosen).toMatch(/^images\/[0-9a-f]{24}\.png$/);
  });

  test("an image of another size is brought in with --resize", async () => {
    const stage = await bring(await withImage(await flat(32, 96)), "jsonl", fresh("workspace"), true);
    expect(stage.summary).toMatchObject({ pairs: 2 });
  });
});

/** A small PNG whose header says that it is a square of `side` pixels (PNG specification, 11.2.1: IHDR). */
function claiming(png: Buffer, side: number): Buffer {
  const bomb = Buffer.from(png);
  bomb.writeUInt32BE(side, 16);
  bomb.writeUInt32BE(side, 20);
  bomb.writeUInt32BE(crc32(bomb.subarray(12, 29)), 29);
  return bomb;
}

async function* rowsFrom<Row>(row: Row): AsyncGenerator<Row> {
  yield row;
}
