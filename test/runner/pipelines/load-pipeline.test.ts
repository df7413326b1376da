import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { ConfigError } from "../../../src/errors.js";
import { loadPipeline, pipelineNames } from "../../../src/runner/pipelines/load-pipeline.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "espalier-pipelines-"));
  writeFileSync(join(folder, "quickstart.mjs"), 'export default { name: "quickstart", rounds: 1 };\n');
  writeFileSync(join(folder, "nameless.mjs"), "export const settings = { rounds: 1 };\n");
  writeFileSync(join(folder, "broken.mjs"), 'import "./nothing-here.mjs";\n');
});

describe("loadPipeline", () => {
  it("loads by name and by path", async () => {
    const named = await loadPipeline("quickstart", folder);
    const atPath = await loadPipeline(join(folder, "quickstart.mjs"), "elsewhere");
    expect(named.config.rounds).toHaveLength(1);
    expect(atPath.config).toEqual(named.config);
  });

  it.each([
    ["quickstrat", /did you mean "quickstart"\? Known: broken, nameless, quickstart/],
    ["./nowhere.ts", /Pipeline file "\.\/nowhere\.ts" does not exist \(looked for \//],
    ["nameless", /to have a default export made with definePipeline, got settings/],
    ["broken", /cannot be loaded: .*nothing-here\.mjs/s],
  ])("refuses %s with the cure", async (name, message) => {
    const loading = loadPipeline(name, folder);
    await expect(loading).rejects.toThrow(message);
    await expect(loading).rejects.toBeInstanceOf(ConfigError);
  });

  it("lists names sorted", () => {
    expect(pipelineNames(folder)).toEqual(["broken", "nameless", "quickstart"]);
  });
});
