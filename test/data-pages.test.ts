import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { COMMANDS } from "../src/commands/catalogue.js";
import { createParser } from "../src/commands/program.js";
import { FORMAT_FACTS, FORMAT_NAMES, type FormatName } from "../src/config/formats.js";
import { PICTURE_LAYOUT_NAMES } from "../src/config/picture-layouts.js";
import { mining } from "../src/config/schema/mining.js";

const page = readFileSync("docs/formats.md", "utf8");
const COLUMNS: Partial<Record<FormatName, string>> = {
  "pick-a-pic": "pick-a-pic.parquet",
  "flow-factory": "flow-factory/train.jsonl",
  imagefolder: "imagefolder/metadata.jsonl",
  "verl-omni": "verl-omni/train.jsonl",
  trl: "trl.parquet",
};

/** Rows of the page's tables by layout: the first says what it is, the second what it has no place for. */
function rowsOf(format: FormatName): string[] {
  return page.split("\n").filter((line) => line.startsWith(`| \`${format}\` |`));
}

test("the page of formats names every layout, and what each has no place for in the words of export", () => {
  expect(FORMAT_NAMES.length).toBeGreaterThan(6);
  for (const name of FORMAT_NAMES) {
    const [what, lost] = rowsOf(name);
    expect(what, name).toBeDefined();
    const [ledger = "", ...others] = FORMAT_FACTS[name].cannotHold;
    const words = others.length === 0 ? ledger : `that, and ${others.join(", ")}`;
    expect(lost).toBe(`| \`${name}\` | ${words} |`);
  }
});

test("the columns on the page are those of the exported samples", async () => {
  const { parquetColumns } = await import("../src/adapters/parquet/index.js");
  const columnsOf = async (file: string) => {
    if (!file.endsWith(".jsonl")) return parquetColumns(file);
    const [line = ""] = readFileSync(file, "utf8").split("\n");
    return Object.keys(JSON.parse(line) as object);
  };
  let seen = 0;
  for (const [name, file] of Object.entries(COLUMNS)) {
    const columns = await columnsOf(`test/contract/exports/${file}`);
    const [row = ""] = rowsOf(name as FormatName);
    expect(row.split("|")[3]?.trim()).toBe(columns.map((column) => `\`${column}\``).join(", "));
    seen += columns.length;
  }
  expect(seen).toBe(36);
  const house = await parquetColumns("test/contract/exports/parquet.parquet");
  const [, said = ""] = /\*\*The house's columns\*\*: ([\s\S]*?)\n\n/.exec(page) ?? [];
  for (const column of house) expect(said).toContain(`\`${column.replace(/^(chosen|rejected)_/, "_")}\``);
});

test("the page of pictures names every way in which they are kept", () => {
  expect(PICTURE_LAYOUT_NAMES.length).toBeGreaterThan(5);
  for (const name of PICTURE_LAYOUT_NAMES)
    expect(readFileSync("docs/pictures.md", "utf8")).toContain(`\n| \`${name}\` |`);
});

test.each(["docs/formats.md", "docs/pairs.md"])("the commands of %s exist, with their flags", (file) => {
  const lines = [
    ...readFileSync(file, "utf8").matchAll(
      /espalier ((?:export|import|data|decide|pair|generate) [^`#\n]*)/g,
    ),
  ].map(([, line]) => line ?? "");
  expect(lines.length).toBeGreaterThan(3);
  const surroundings = {
    ...{ home: ".", version: "0", signal: new AbortController().signal, out: () => {} },
    errors: { write: () => true },
  };
  const parser = createParser(surroundings, () => {});
  for (const line of lines) {
    const [name = "", ...words] = line.trim().split(/\s+/);
    expect(COMMANDS.map((command) => command.name)).toContain(name);
    const known = parser.commands.find((one) => one.name() === name)?.options.map(({ long }) => long);
    for (const word of words.filter((one) => one.startsWith("--"))) expect(known).toContain(word);
  }
});

test("the page of pairs names every mining policy", () => {
  const policies = mining.unwrap().options.map(({ shape }) => shape.policy.value);
  expect(policies).toHaveLength(5);
  for (const policy of policies) expect(readFileSync("docs/pairs.md", "utf8")).toContain(`| \`${policy}\` |`);
});
