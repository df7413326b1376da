import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readQuestions } from "../../src/judges/asking/read-questions.js";
import { loadPipeline } from "../../src/runner/pipelines/load-pipeline.js";
import { runIn } from "../commands/surroundings.js";
import { encodedPicture } from "../fixtures/pictures.js";
import { blocksOf, PAGES } from "./page-blocks.js";

const MINUTES = 60_000;
const SOURCES = pathToFileURL(resolve("src/index.ts")).href;

/** What a page shows of a pipeline stands in one; a module is one as it is. */
function moduleOf(block: string): string {
  const isModule = /^(import|export)\b/m.test(block);
  const whole = isModule ? block : `export default definePipeline({ name: "shown",\n${block}});\n`;
  const lacks = /from "espalier"/.test(whole)
    ? ""
    : 'import { definePipeline, type Judge } from "espalier";\n';
  return lacks + whole;
}

describe("what pages show in TypeScript", () => {
  const blocks = PAGES.flatMap((page) => blocksOf(page, "ts").map((block, at) => ({ page, block, at })));
  const files = blocks.map(({ page, at }) => `${page.replace(/\W+/g, "-")}-${at}.mts`);
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "espalier-blocks-"));
    for (const [at, { block }] of blocks.entries()) {
      const file = files[at] as string;
      mkdirSync(join(folder, "typed"), { recursive: true });
      writeFileSync(join(folder, "typed", file), moduleOf(block));
      writeFileSync(join(folder, file), moduleOf(block).replaceAll('"espalier"', JSON.stringify(SOURCES)));
    }
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("is found", () => {
    expect(blocks.length).toBeGreaterThan(7);
  });

  test("type-checks as strictly as the sources do", { timeout: 5 * MINUTES }, async () => {
    const compilerOptions = {
      ...{ noUnusedLocals: false, incremental: false, tsBuildInfoFile: null, noEmit: true },
      ...{ typeRoots: [resolve("node_modules/@types")], paths: { espalier: [resolve("src/index.ts")] } },
    };
    const settings = { extends: resolve("tsconfig.json"), compilerOptions, include: [join(folder, "typed")] };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(settings));
    const words = [resolve("node_modules/typescript/bin/tsc"), "--project", folder];
    const { stdout, exitCode } = await execa(process.execPath, words, { reject: false });
    expect([exitCode, stdout]).toEqual([0, ""]);
  });

  test.each(files)("has settings that the program takes: %s", { timeout: 5 * MINUTES }, async (file) => {
    const { default: shown } = (await import(join(folder, file))) as { default?: unknown };
    if (shown !== undefined) expect((await loadPipeline(join(folder, file))).config.name).not.toBe("");
  });
});

test("what pages show in JSON is read by what reads it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "espalier-json-blocks-"));
  try {
    const [questions = ""] = blocksOf("docs/judges.md", "json");
    writeFileSync(join(folder, "questions.json"), questions);
    expect(Object.keys(readQuestions(join(folder, "questions.json")))).toContain("outcome");
    const [pairs = ""] = blocksOf("docs/formats.md", "json");
    mkdirSync(join(folder, "mine", "images"), { recursive: true });
    writeFileSync(join(folder, "mine", "pairs.jsonl"), pairs);
    for (const [at, name] of ["a", "b", "c", "d", "e"].entries())
      writeFileSync(
        join(folder, "mine", "images", `${name}.png`),
        await encodedPicture(9, 9, { shade: at * 50 }),
      );
    const { status, stdout, stderr } = await runIn(folder, ["import", "mine", "--from", "me", "--json"]);
    expect(status, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ summary: { pairs: 3, ties: { count: 1 } } });
    const shown = PAGES.flatMap((page) => blocksOf(page, "json"));
    expect(shown).toHaveLength(2);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("what pages show of a shell is what bash can read", { timeout: MINUTES }, async () => {
  const blocks = [...PAGES, "README.md"].flatMap((page) => blocksOf(page, "sh"));
  for (const block of blocks) {
    const { exitCode, stderr } = await execa("bash", ["-n"], { input: block, reject: false });
    expect([block, exitCode, stderr]).toEqual([block, 0, ""]);
  }
  expect(blocks.length).toBeGreaterThan(20);
});
