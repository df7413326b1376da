import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { execa } from "execa";
import { afterAll, expect, test } from "vitest";
import { Cuts } from "../src/records/cut.js";

const folder = mkdtempSync(join(tmpdir(), "espalier-cuts-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const NEVER_ENDING = "a photo of a bench and another bench ".repeat(10).trim();

/** A folder of weights that nothing but the worker without models reads. */
function weights(name: string): string {
  mkdirSync(join(folder, name));
  writeFileSync(join(folder, name, "config.json"), "{}");
  writeFileSync(join(folder, name, "model.safetensors"), name);
  return join(folder, name);
}

/** Stands in place of Python, whatever it is asked to run. */
function worker(): string {
  const file = join(folder, "python");
  writeFileSync(
    file,
    `#!/bin/sh\nexec "${process.execPath}" "${resolve("test/fixtures/python/serves.mjs")}"\n`,
  );
  chmodSync(file, 0o755);
  return file;
}

function pipeline(): string {
  const [base, tokenizer, textTokenizer] = ["show-o", "magvit", "phi"].map((name) => join(folder, name));
  const detector = { objects: join(folder, "magvit"), colors: join(folder, "phi") };
  const settings = {
    name: "cuts",
    models: { family: "show-o", base, tokenizer, textTokenizer, judge: null, detector, device: "cpu" },
    sampler: { steps: 3, slots: 2 },
    shardImages: 2,
  };
  const file = join(folder, "cuts.mjs");
  writeFileSync(file, `export default ${JSON.stringify(settings)};\n`);
  return file;
}

test.skipIf(process.platform === "win32")(
  "whoever has candidates drawn is told once how many prompts were cut",
  { timeout: 120_000 },
  async () => {
    for (const name of ["show-o", "magvit", "phi"]) weights(name);
    const prompts = join(folder, "prompts.txt");
    writeFileSync(prompts, ["a photo of a cat", NEVER_ENDING, `${NEVER_ENDING} there`].join("\n"));
    const env = { ESPALIER_PYTHON: worker() };
    const words = ["generate", prompts, "--count", "3", "--pipeline", pipeline()];
    const command = [resolve("bin/espalier.js"), ...words, "--workspace", join(folder, "workspace")];
    const { exitCode, all } = await execa(process.execPath, command, { env, all: true, reject: false });
    expect(exitCode, all).toBe(0);
    expect(all).toContain("2 prompts were cut to the 20 tokens that the generator reads");
    expect(all.split("were cut")).toHaveLength(2);
  },
);

test("cuts are counted by kind, a text once", () => {
  const cuts = new Cuts();
  const cut = { what: "prompt", reader: "ImageReward", limit: 35, text: "long ".repeat(40) } as const;
  cuts.add([cut, cut]);
  expect(cuts.taken()).toEqual([cut]);
  const wordings = ["a red one", "a blue one"].map(
    (text) => ({ what: "color wording", reader: "a CLIP", limit: 77, text }) as const,
  );
  cuts.add([cut, ...wordings]);
  expect(cuts.taken()).toEqual(wordings);
  const [first, second, ...others] = cuts.notes();
  expect(first).toMatch(/^1 prompt was cut to the 35 tokens that ImageReward reads, such as "long .*\.\.\."/);
  expect(second).toContain(
    '2 color wordings were cut to the 77 tokens that a CLIP reads, such as "a red one".',
  );
  expect(others).toEqual([]);
});
