import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { writeStarter } from "../../src/commands/starter.js";
import { ConfigError } from "../../src/errors.js";
import { readPrompts } from "../../src/families/scene-prompts.js";
import { loadPipeline } from "../../src/runner/pipelines/load-pipeline.js";
import { isHeldOut } from "../../src/scenes/language/combinations.js";

const HOME = resolve(".");

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "espalier-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

describe("the starter", () => {
  test("is a pipeline that loads, with prompts that can be read", async () => {
    const files = writeStarter(join(temporaryFolder(), "My Test 2"), HOME);
    const [pipeline = "", prompts = "", description = ""] = files;
    expect(JSON.parse(readFileSync(description, "utf8")).type).toBe("module");
    const { config } = await loadPipeline(pipeline, join(HOME, "pipelines"));
    expect(config.name).toBe("my-test-2");
    expect(config.prompts.train.file).toBe(prompts);
    expect(config.rounds).toHaveLength(1);
    const list = await readPrompts(prompts);
    expect(list.prompts).toHaveLength(config.rounds[0]?.prompts ?? 0);
    expect(list.duplicates).toBe(0);
    // Training on a held-out combination would spoil the comparison.
    expect(list.prompts.filter(({ metadata }) => metadata && isHeldOut(metadata))).toEqual([]);
  });

  test("names the package inside the project, its path elsewhere", () => {
    const home = temporaryFolder();
    const [inside = "", ...others] = writeStarter(join(home, "x"), home);
    expect(others).toEqual([join(home, "x", "prompts.txt")]);
    expect(readFileSync(inside, "utf8")).toContain('from "espalier"');
    const [outside = ""] = writeStarter(join(temporaryFolder(), "x"), HOME);
    expect(readFileSync(outside, "utf8")).toContain(`from "${HOME}/src/index.ts"`);
  });

  test("overwrites nothing and writes nothing when one file is there", () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "prompts.txt"), "mine");
    expect(() => writeStarter(folder, HOME)).toThrow(ConfigError);
    expect(readFileSync(join(folder, "prompts.txt"), "utf8")).toBe("mine");
    expect(() => readFileSync(join(folder, "pipeline.ts"))).toThrow("ENOENT");
  });

  test("says where it cannot write", () => {
    const file = join(temporaryFolder(), "file");
    writeFileSync(file, "");
    expect(() => writeStarter(join(file, "inside"), HOME)).toThrow(/Cannot write into .*ENOTDIR/);
  });
});
