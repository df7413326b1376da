import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openStore } from "../../src/adapters/store/index.js";
import { workspacePaths } from "../../src/paths.js";
import { espalier } from "../espalier-command.js";
import { runIn } from "./surroundings.js";

const MINUTES = 60_000;
const PROMPTS = ["a photo of a red star", "a photo of two rings"];
const [star = "", rings = ""] = PROMPTS;
const GENEVAL = [
  { tag: "colors", include: [{ class: "star", count: 1, color: "red" }], prompt: star },
  { tag: "counting", include: [{ class: "ring", count: 2 }], prompt: rings },
];
const LINES = `${PROMPTS.join("\n")}\n`;
const wide = Buffer.from(`\ufeff${LINES}`, "utf16le");

/** The same two prompts in every way in which prompts are kept. */
const GOOD: Readonly<Record<string, string | Buffer>> = {
  "lines.txt": LINES,
  "windows.txt": LINES.replaceAll("\n", "\r\n"),
  "old-mac.txt": LINES.replaceAll("\n", "\r"),
  "mark.txt": `\ufeff${LINES}`,
  "utf16.txt": wide,
  "utf16-be.txt": Buffer.from(wide).swap16(),
  "blanks.txt": `\n  ${star} \n\n${rings}`,
  "repeated.txt": `${LINES}A photo  of a red star.\n`,
  "prompts.jsonl": PROMPTS.map((prompt) => JSON.stringify({ prompt })).join("\n"),
  "geneval.jsonl": GENEVAL.map((line) => JSON.stringify(line)).join("\n"),
  "texts.json": JSON.stringify(PROMPTS),
  "objects.json": JSON.stringify(PROMPTS.map((prompt, id) => ({ id, prompt }))),
  // Google's PartiPrompts and DrawBench.
  "parti.tsv": `Prompt\tCategory\tChallenge\n${PROMPTS.map((one) => `${one}\tArts\tBasic\n`).join("")}`,
  "drawbench.csv": `Prompts,Category\n${PROMPTS.map((one) => `"${one}",Colors\n`).join("")}`,
  "semicolons.csv": `id;caption\r\n${PROMPTS.map((one, id) => `${id};${one}\r\n`).join("")}`,
};

/** What is no prompt file, or holds no prompt, and what is said of it. */
const BAD: Readonly<Record<string, readonly [content: string | Buffer, said: RegExp]>> = {
  "empty.txt": ["", /empty\.txt holds no prompts/],
  "nothing.jsonl": [`{"prompt":"${star}"}\n{"prompt":" "}`, /nothing\.jsonl, line 2: .*got nothing in it/],
  "empty-cell.csv": [`id,prompt\n1,${star}\n2,""\n`, /empty-cell\.csv, line 3: .*got nothing in it/],
  "long.txt": [
    `${star}\n${"w".repeat(1_000_000)}`,
    /long\.txt, line 2: .*at most 20000 characters, got 1000000/,
  ],
  "cut.jsonl": [
    `{"prompt":"${star}"}\n{"prompt":`,
    /cut\.jsonl, line 2: expected one JSON object on the line/,
  ],
  "cut.json": [`["${star}", "${rings}`, /cut\.json.*JSON list/],
  "number.json": [JSON.stringify([star, 7]), /number\.json, entry 2: expected a text/],
  "ragged.csv": [`prompt,tag\n${star},x\n${rings},x,y\n`, /ragged\.csv.*line 3 is no row/],
  "table.tsv": [`id\twords\n1\t${star}\n`, /table\.tsv.*a table \(TSV\) without a column/],
  "latin.txt": [Buffer.from("ein F\xfcchslein\n", "latin1"), /latin\.txt.*UTF-8/],
  "unmarked.txt": [Buffer.from(LINES, "utf16le"), /unmarked\.txt, line 1: .*UTF-16 without its mark/],
  "sheet.xlsx": [Buffer.from("PK\x03\x04rest", "latin1"), /sheet\.xlsx.*ZIP archive/],
  "picture.png": [Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), /picture\.png.*a PNG image/],
  "wrong.jsonl": [
    JSON.stringify({ tag: "colors", include: [], prompt: star }),
    /wrong\.jsonl, line 1: expected GenEval metadata .*include/,
  ],
  "unknown-words.txt": [`${star}\na portrait of my aunt\n`, /unknown-words\.txt, line 2: /],
};

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "espalier-prompt-files-"));
  for (const [name, content] of Object.entries(GOOD)) writeFileSync(join(folder, name), content);
  for (const [name, [content]] of Object.entries(BAD)) writeFileSync(join(folder, name), content);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const generating = (file: string, workspace = "w") => [
  ...["generate", file, "--count", "1", "--workspace", workspace],
];

function kept(): unknown {
  const store = openStore(workspacePaths(join(folder, "w")), { readOnly: true });
  try {
    const stages = store.runs.list().flatMap(({ id }) => store.stages.list(id));
    return stages.map(({ id, progress }) => [id, progress]);
  } finally {
    store.close();
  }
}

describe("generate", () => {
  test("draws the same stage from every kind of prompt file", { timeout: 5 * MINUTES }, async () => {
    const stages = new Set<string>();
    for (const name of Object.keys(GOOD)) {
      const { status, stdout, stderr } = await runIn(folder, [...generating(name), "--json"]);
      expect([name, status, status === 0 ? "" : stderr]).toEqual([name, 0, ""]);
      const { id, summary } = JSON.parse(stdout) as { id: string; summary: object };
      expect([name, summary]).toEqual([name, expect.objectContaining({ candidates: 2, prompts: 2 })]);
      stages.add(id);
    }
    expect(stages.size).toBe(1);
    expect(Object.keys(GOOD)).toHaveLength(15);
  });

  test(
    "refuses what is none with exit 2, file and line, and a ledger as it was",
    async () => {
      const before = kept();
      for (const [name, [, said]] of Object.entries(BAD)) {
        const { status, stdout, stderr } = await runIn(folder, generating(name));
        expect([name, status, stdout, stderr]).toEqual([name, 2, "", expect.stringMatching(said)]);
      }
      expect(kept()).toEqual(before);
      expect(Object.keys(BAD)).toHaveLength(15);
    },
    MINUTES,
  );

  test("as a process of its own, which makes no workspace", { timeout: 2 * MINUTES }, async () => {
    const { status, stdout, stderr } = await espalier(generating("cut.jsonl", "new"), { cwd: folder });
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/cut\.jsonl, line 2: expected one JSON object on the line/);
    expect(existsSync(join(folder, "new"))).toBe(false);
  });
});

test("two prompt files of any words are compared, whatever they are kept in", async () => {
  const words = ["ein Füchslein, im Schnee", "狐"];
  writeFileSync(join(folder, "words.txt"), words.join("\n"));
  writeFileSync(
    join(folder, "words.tsv"),
    `prompt\tid\n${words.map((one, id) => `${one}\t${id}`).join("\n")}`,
  );
  const line = ["data", "words.tsv", "--against", "words.txt", "--workspace", "w", "--json"];
  const { status, stdout, stderr } = await runIn(folder, line);
  expect(status, stderr).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ prompts: [{ shared: 2, prompts: 2 }] });
});
