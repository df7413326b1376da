import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { isModuleFolder, moduleCure } from "../../src/adapters/module-folder.js";

test("a file in TypeScript is CommonJS where no package.json near it says otherwise", () => {
  const folder = mkdtempSync(join(tmpdir(), "espalier-module-folder-"));
  try {
    const inner = join(folder, "inner");
    mkdirSync(inner);
    expect(moduleCure(join(inner, "judge.ts"))).toContain("name the file .mts");
    expect(moduleCure(join(inner, "judge.mts"))).toBe("");
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    expect([isModuleFolder(inner), moduleCure(join(inner, "judge.ts"))]).toEqual([true, ""]);
    writeFileSync(join(inner, "package.json"), "{}");
    expect(isModuleFolder(inner)).toBe(false);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
