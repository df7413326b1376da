import { appendFileSync, cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CheckpointError } from "../../../src/errors.js";
import { findCheckpoint } from "../../../src/stages/checkpoints/find-checkpoint.js";
import { openBench } from "../stage-place.js";

const MODELS = join(import.meta.dirname, "../../fixtures/onnx");

function outside(): string {
  const folder = join(mkdtempSync(join(tmpdir(), "espalier-checkpoint-")), "mine");
  cpSync(join(MODELS, "generator"), folder, { recursive: true });
  return folder;
}

describe("findCheckpoint", () => {
  it("finds a bundled one by name and keeps it in the ledger", async () => {
    const { store } = openBench();
    const found = await findCheckpoint("generator", "generator", { store, models: MODELS });
    expect(store.checkpoints.find(found.identity)).toMatchObject({
      kind: "generator",
      location: "bundled:generator",
    });
    const again = await findCheckpoint(found.identity.slice(0, 9), "generator", { store, models: MODELS });
    expect(again).toEqual(found);
  });

  it("copies a folder from outside into the workspace, which no longer needs it", async () => {
    const { store } = openBench();
    const folder = outside();
    const found = await findCheckpoint(folder, "generator", { store, models: "nowhere" });
    rmSync(folder, { recursive: true });
    expect(found.location).toMatch(/^checkpoints\/generator-[0-9a-f]{12}$/);
    expect(existsSync(join(store.workspace.root, found.location, "generator.onnx"))).toBe(true);
    const again = await findCheckpoint(found.identity, "generator", { store, models: "nowhere" });
    expect(again.folder).toBe(found.folder);
  });

  it("refuses a file that is not the one its hash names", async () => {
    const { store } = openBench();
    const folder = outside();
    appendFileSync(join(folder, "generator.onnx"), "!");
    const finding = findCheckpoint(folder, "generator", { store, models: MODELS });
    await expect(finding).rejects.toThrow(/generator\.onnx is damaged or from another checkpoint/);
  });

  it.each([
    [
      "generatr",
      "generator",
      /got "generatr"; did you mean "generator"\? Known: corrector, generator \(bundled/,
    ],
    ["tokeniser", "tokenizer", /did you mean "tokenizer"\? Known: tokenizer \(bundled/],
    ["judge", "generator", /to hold a generator, got a judge/],
  ] as const)("refuses %s as a %s", async (reference, kind, message) => {
    const { store } = openBench();
    const finding = findCheckpoint(reference, kind, { store, models: MODELS });
    await expect(finding).rejects.toThrow(message);
    await expect(finding).rejects.toBeInstanceOf(CheckpointError);
  });
});
