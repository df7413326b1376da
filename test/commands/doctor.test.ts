import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { checkModels, checkWorkspace } from "../../src/commands/doctor-checks.js";
import { runLine } from "./surroundings.js";

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "espalier-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

describe("doctor", () => {
  test("gives every check a cure exactly where something is wrong", async () => {
    const { code, out } = await runLine("doctor --json");
    const { healthy, checks } = JSON.parse(out) as {
      healthy: boolean;
      checks: { state: string; cure: string }[];
    };
    expect(checks.length).toBeGreaterThanOrEqual(11);
    for (const { state, cure } of checks) expect(cure === "").toBe(state === "ok");
    expect(code).toBe(healthy ? 0 : 2);
  });

  test("names the models that a pipeline needs when they are not there", () => {
    const checks = checkModels(temporaryFolder());
    expect(checks.map(({ name, state }) => [name, state])).toEqual([
      ["model scenes-tokenizer", "missing"],
      ["model scenes-base", "missing"],
      ["model scenes-judge-fine-tuned", "missing"],
    ]);
  });

  test("finds a damaged model file by its hash", () => {
    const folder = temporaryFolder();
    cpSync("data/models/scenes-tokenizer", join(folder, "scenes-tokenizer"), { recursive: true });
    expect(checkModels(folder)[0]).toMatchObject({ name: "model scenes-tokenizer", state: "ok" });
    writeFileSync(join(folder, "scenes-tokenizer", "decoder.onnx"), "half a download");
    expect(checkModels(folder)[0]).toMatchObject({
      state: "missing",
      found: "missing or damaged: decoder.onnx",
    });
  });

  test("looks at the nearest folder of a workspace that is not there yet", () => {
    const folder = temporaryFolder();
    expect(checkWorkspace(join(folder, "a", "b"))).toMatchObject({
      state: "ok",
      found: `will be made in ${folder}`,
    });
    writeFileSync(join(folder, "file"), "");
    expect(checkWorkspace(join(folder, "file"))).toMatchObject({ state: "missing" });
  });
});
