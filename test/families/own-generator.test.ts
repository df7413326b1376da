import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { freezeConfig } from "../../src/config/freeze-config.js";
import { generatorAt } from "../../src/families/drawn/own-generator.js";
import { openFamily } from "../../src/families/open-family.js";

const folder = mkdtempSync(join(tmpdir(), "espalier-own-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const modelsOf = (python: string) =>
  freezeConfig({ name: "own", models: { family: { python }, folder }, sampler: { steps: 4 } }).models;

it("takes a person's own generator by module and factory", () => {
  const config = freezeConfig({ name: "own", models: { family: { python: "blots:Blots" }, folder } });
  expect(config.models).toMatchObject({ family: "python", base: "blots:Blots", folder, judge: null });
  expect(config.sampler).toMatchObject({ guidanceScale: 1, temperature: 0, scheduler: "pipeline" });
  expect(() => modelsOf("blots")).toThrow(/"models.base" to be MODULE:FACTORY/);
  const strange = { name: "own", models: { family: { ruby: "blots" } } };
  expect(() => freezeConfig(strange)).toThrow(/models/);
});

it("is trained by a program of one's own alone, and known by what that leaves", async () => {
  writeFileSync(join(folder, "blots.py"), "class Blots: pass\n");
  const models = modelsOf("blots:Blots") as Extract<ReturnType<typeof modelsOf>, { family: "python" }>;
  const family = openFamily(models);
  try {
    const asked = { request: "train", pairs: ["p"], generator: "g", out: "o" } as const;
    await expect(family.train(asked)).rejects.toThrow('Expected "training.command" to name a program');
    expect(await family.outside?.("some-checkpoint", "generator")).toBeUndefined();
    const code = `${join(folder, "blots.py")}:Blots`;
    expect(generatorAt(code, models)).toEqual({ generator: code });
    expect(generatorAt("/left", models)).toEqual({ generator: code, checkpoint: "/left" });
    // A checkpoint in the base's place: the code is then named by what decodes.
    const trained = { ...models, base: "some-checkpoint", tokenizer: "blots:Blots" };
    expect(generatorAt("/left", trained)).toEqual({ generator: code, checkpoint: "/left" });
  } finally {
    await family.close();
  }
});

it("says how a pipeline of diffusers is fetched", async () => {
  const models = { family: "diffusers", base: "somebody/pipeline" } as const;
  const family = openFamily(freezeConfig({ name: "far", models }).models);
  try {
    const asked = async () => family.outside?.("somebody/pipeline", "generator");
    await expect(asked()).rejects.toThrow("hf download somebody/pipeline --local-dir FOLDER");
  } finally {
    await family.close();
  }
});

it("knows it by the hash of its file, and says where it looked", async () => {
  writeFileSync(join(folder, "blots.py"), "class Blots: pass\n");
  const family = openFamily(modelsOf("blots:Blots"));
  const lost = openFamily(modelsOf("dots:Dots"));
  try {
    const [before, autoencoder] = [
      await family.outside?.("blots:Blots", "generator"),
      await family.outside?.("own", "tokenizer"),
    ];
    expect(before?.folder).toBe(`${join(folder, "blots.py")}:Blots`);
    expect(autoencoder?.row.id).not.toBe(before?.row.id);
    writeFileSync(join(folder, "blots.py"), "class Blots: x = 1\n");
    expect((await family.outside?.("blots:Blots", "generator"))?.row.id).not.toBe(before?.row.id);
    await expect(lost.outside?.("dots:Dots", "generator")).rejects.toThrow(
      `${join(folder, "dots.py")}, got no such file`,
    );
  } finally {
    await family.close();
    await lost.close();
  }
});
