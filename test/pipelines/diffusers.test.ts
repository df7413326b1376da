import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { afterAll, beforeAll, expect, it } from "vitest";
import { pythonCommand } from "../../src/adapters/python/index.js";
import { openStore } from "../../src/adapters/store/index.js";
import { workspacePaths } from "../../src/paths.js";
import { runLine } from "../commands/surroundings.js";

const MINUTES = 60_000;
const TINY = fileURLToPath(new URL("../../python/tests/tiny_pipelines.py", import.meta.url));
const SOURCE = fileURLToPath(new URL("../../src/index.ts", import.meta.url));

const folder = mkdtempSync(join(tmpdir(), "espalier-diffusers-"));
const workspace = join(folder, "workspace");
const pipeline = join(folder, "tiny.mts");
const prompts = join(folder, "prompts.txt");

beforeAll(async () => {
  await execa(pythonCommand(), [TINY, folder, "sd"], { timeout: 5 * MINUTES });
  writeFileSync(prompts, "a red cup\ntwo dogs\n");
  const red = "[float(np.asarray(one)[..., 0].mean() / 255) for one in images]";
  writeFileSync(
    join(folder, "red.py"),
    `import numpy as np\n\ndef redness(images, prompts): return ${red}\n`,
  );
  const settings = {
    name: "tiny",
    seed: 1,
    models: { family: "diffusers", base: join(folder, "sd"), judge: "red", device: "cpu", threads: 1 },
    judges: [{ name: "red", kind: "python", function: "red:redness", folder }],
    sampler: { steps: 4, guidanceScale: 3, slots: 4 },
  };
  const source = `import { definePipeline } from ${JSON.stringify(SOURCE)};\nexport default definePipeline(${JSON.stringify(settings)});\n`;
  writeFileSync(pipeline, source);
}, 5 * MINUTES);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const line = async (words: string) => {
  const { code, out, errors } = await runLine(`${words} --workspace ${workspace} --json`);
  expect(code, errors).toBe(0);
  return JSON.parse(out) as Record<string, unknown>;
};

it(
  "draws pictures as candidates, searches their noise, and draws them again",
  async () => {
    await line(`generate ${prompts} --count 2 --pipeline ${pipeline}`);
    await line(`generate ${prompts} --limit 1 --verifier zero-order --n 3 --pipeline ${pipeline}`);
    const store = openStore(workspacePaths(workspace), { readOnly: true });
    try {
      const [stage] = store.stages.list("by-hand").filter(({ name }) => name === "candidates");
      const drawn = [...store.candidates.iterate(stage?.id ?? "")];
      expect(drawn).toHaveLength(4);
      for (const { picture, settings, steps, nfe, status } of drawn) {
        expect(settings).toMatchObject({ schedule: "denoising", scheduler: "pipeline", steps: 4 });
        expect({ steps, nfe, status }).toEqual({ steps: 4, nfe: 8, status: "finished" });
        expect(picture).toMatchObject({ format: "png", width: 32, height: 32 });
        expect(existsSync(join(workspace, picture?.place ?? ""))).toBe(true);
      }
      const [search] = store.stages.list("by-hand").filter(({ name }) => name === "search");
      const searched = [...store.candidates.iterate(search?.id ?? "")];
      expect(searched.map(({ forks }) => forks?.map(({ step }) => step) ?? [])).toEqual([[], [0], [0]]);
      const [first] = drawn;
      const again = await line(`replay ${first?.id}`);
      expect(again).toMatchObject({ same: true, apart: { mean: 0, most: 0 } });
    } finally {
      store.close();
    }
  },
  10 * MINUTES,
);
