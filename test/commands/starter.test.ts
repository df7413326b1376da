import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { writeStarter } from "../../src/commands/starter.js";
import { ConfigError } from "../../src/errors.js";
import { readPrompts } from "../../src/families/scene-prompts.js";
import { loadPipeline } from "../../src/runner/pipelines/load-pipeline.js";
import { isHeldOut } from "../../src/scenes/language/combinations.js";
import { runLine } from "./surroundings.js";

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "espalier-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

describe("the starter", () => {
  test("is a pipeline that loads, with prompts that can be read", async () => {
    const files = writeStarter(join(temporaryFolder(), "My Test 2"));
    const [pipeline = "", prompts = "", description = ""] = files;
    expect(JSON.parse(readFileSync(description, "utf8")).type).toBe("module");
    const { config } = await loadPipeline(pipeline);
    expect(config.name).toBe("my-test-2");
    expect(config.prompts.train.file).toBe(prompts);
    expect(config.rounds).toHaveLength(1);
    const list = await readPrompts(prompts);
    expect(list.prompts).toHaveLength(config.rounds[0]?.prompts ?? 0);
    expect(list.duplicates).toBe(0);
    // Training on a held-out combination would spoil the comparison.
    expect(list.prompts.filter(({ metadata }) => metadata && isHeldOut(metadata))).toEqual([]);
  });

  test("says that the pipeline is an ES module where nothing says so yet, and names no place of this machine", () => {
    const folder = temporaryFolder();
    const names = (inside: string) => writeStarter(inside).map((path) => basename(path));
    expect(names(join(folder, "bare"))).toEqual(["pipeline.ts", "prompts.txt", "package.json"]);
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    expect(names(join(folder, "below"))).toEqual(["pipeline.ts", "prompts.txt"]);
    writeFileSync(join(folder, "package.json"), "{}");
    expect(names(folder)).toEqual(["pipeline.mts", "prompts.txt"]);
    const written = readFileSync(join(folder, "pipeline.mts"), "utf8");
    expect(written).toContain('from "espalier"');
    expect(written).not.toContain(tmpdir());
  });

  test.each(["bundled", "show-o", "janus-pro", "diffusers"] as const)(
    "of %s is a pipeline that loads under the folder's name",
    async (template) => {
      const [pipeline = ""] = writeStarter(join(temporaryFolder(), "one"), template).filter((file) =>
        file.endsWith("pipeline.ts"),
      );
      expect((await loadPipeline(pipeline)).config.name).toBe("one");
    },
  );

  test("of images has pictures, each with its prompt, that are imported as they lie", async () => {
    const folder = join(temporaryFolder(), "mine");
    const files = writeStarter(folder, "images");
    expect(readFileSync(join(folder, "README.md"), "utf8")).toContain("# mine\n");
    expect(files.filter((file) => file.endsWith(".png"))).toHaveLength(8);
    const line = `import-images ${folder}/pictures --from samples --workspace ${folder}/workspace --json`;
    const { code, out, errors } = await runLine(line);
    expect(code, errors).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ added: 8, known: 0 });
  });

  test("overwrites nothing and writes nothing when one file is there", () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "prompts.txt"), "mine");
    expect(() => writeStarter(folder)).toThrow(ConfigError);
    expect(readFileSync(join(folder, "prompts.txt"), "utf8")).toBe("mine");
    expect(() => readFileSync(join(folder, "pipeline.ts"))).toThrow("ENOENT");
  });

  test("says where it cannot write", () => {
    const file = join(temporaryFolder(), "file");
    writeFileSync(file, "");
    expect(() => writeStarter(join(file, "inside"))).toThrow(/Cannot write into .*ENOTDIR/);
  });
});
