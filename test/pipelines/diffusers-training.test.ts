import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { afterAll, beforeAll, expect, it } from "vitest";
import { pythonCommand } from "../../src/adapters/python/index.js";
import { openStore, type Store } from "../../src/adapters/store/index.js";
import { workspacePaths } from "../../src/paths.js";
import { espalier } from "../espalier-command.js";

const MINUTES = 60_000;
const tests = (name: string) => fileURLToPath(new URL(`../../python/tests/${name}.py`, import.meta.url));
const SOURCE = fileURLToPath(new URL("../../src/index.ts", import.meta.url));

/** Clear at once; what is red will be, and is, right. */
const EYES = `
export default {
  identity: "${"e".repeat(64)}", batch: 8, questions: ["outcome", "process", "clarity", "potential"],
  ask: (question, items) => Promise.all(items.map(async ({ image }) => {
    const { data } = await image.pixels();
    let [red, blue] = [0, 0];
    for (let at = 0; at < data.length; at += 3) [red, blue] = [red + data[at], blue + data[at + 2]];
    const score = 1 / (1 + Math.exp((blue - red) / data.length / 4));
    return { kind: "scored", score: question === "clarity" ? 0.9 : score };
  })),
  close: async () => undefined,
};`;

const SEARCHES = [
  { kind: "orm", n: 2 },
  { kind: "parm", n: 2, clarity: 0.5, potential: 0.3 },
  { kind: "zero-order", n: 3 },
  { kind: "over-paths", n: 3 },
];

const folder = mkdtempSync(join(tmpdir(), "espalier-diffusers-training-"));
const workspace = join(folder, "workspace");
const pipeline = join(folder, "tiny.mts");

const task = (name: string) =>
  JSON.stringify({
    tag: "single_object",
    include: [{ class: name, count: 1 }],
    prompt: `a photo of a ${name}`,
  });

beforeAll(async () => {
  await execa(pythonCommand(), [tests("tiny_pipelines"), folder, "sd"], { timeout: 5 * MINUTES });
  await execa(pythonCommand(), [tests("tiny_detectors"), folder], { timeout: 5 * MINUTES });
  writeFileSync(join(folder, "eyes.mjs"), EYES);
  writeFileSync(join(folder, "train.jsonl"), ["cat", "dog", "cup", "car"].map(task).join("\n"));
  writeFileSync(join(folder, "held-out.jsonl"), ["bird", "boat"].map(task).join("\n"));
  const detector = { objects: join(folder, "mask2former"), colors: join(folder, "clip") };
  const settings = {
    name: "tiny",
    seed: 1,
    models: {
      family: "diffusers",
      base: join(folder, "sd"),
      judge: "eyes",
      detector,
      device: "cpu",
      threads: 1,
    },
    judges: [{ name: "eyes", kind: "typescript", file: join(folder, "eyes.mjs") }],
    sampler: { steps: 3, guidanceScale: 2, slots: 8 },
    prompts: {
      train: { file: join(folder, "train.jsonl") },
      heldOut: { file: join(folder, "held-out.jsonl"), validationShare: 0.5 },
    },
    gate: { rule: "always-promote", images: { perPrompt: 1 } },
    evaluation: {
      images: { perPrompt: 1 },
      rows: [
        { verifier: { kind: "none" } },
        ...SEARCHES.map((verifier) => ({ verifier, checkpoints: "last" })),
      ],
    },
    round: {
      prompts: 4,
      candidates: { perPrompt: 2 },
      labels: { by: "judge", yesFrom: 0, noUpTo: 0 },
      mining: { policy: "best-versus-second" },
      training: {
        steps: 2,
        batchPairs: 4,
        learningRate: 0.01,
        device: "cpu",
        threads: 1,
        sampleEvery: 2,
        samplePrompts: 2,
        sampler: { steps: 2 },
      },
    },
    rounds: 2,
  };
  const source = `import { definePipeline } from ${JSON.stringify(SOURCE)};\nexport default definePipeline(${JSON.stringify(settings)});\n`;
  writeFileSync(pipeline, source);
}, 10 * MINUTES);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const line = async (...words: string[]) => {
  const { status, stdout, stderr } = await espalier([...words, "--workspace", workspace, "--json"], {
    timeout: 10 * MINUTES,
  });
  expect(status, stderr).toBe(0);
  return JSON.parse(stdout) as Record<string, unknown>;
};

function reading<Result>(read: (store: Store) => Result): Result {
  const store = openStore(workspacePaths(workspace), { readOnly: true });
  try {
    return read(store);
  } finally {
    store.close();
  }
}

it(
  "goes round twice: draws, judges, pairs, trains a LoRA, draws with it, measures and searches with it",
  async () => {
    await line("run", pipeline);
    const [first, second] = reading((store) =>
      store.checkpoints.list().filter(({ pairSetHash }) => pairSetHash !== null),
    );
    expect(first?.record).toMatchObject({ family: "diffusers", below: { folder: join(folder, "sd") } });
    expect(second?.parents).toEqual([first?.id]);
    for (const { location } of [first, second].flatMap((one) => one ?? [])) {
      expect(existsSync(join(workspace, location, "pytorch_lora_weights.safetensors"))).toBe(true);
      const events = readFileSync(join(workspace, location, "events.jsonl"), "utf8");
      expect(events.match(/"step-end"/g)).toHaveLength(2);
      const judged = readFileSync(join(workspace, `${location}.work`, "samples-judged.jsonl"), "utf8");
      expect(judged.match(/"images":2/g)?.length).toBeGreaterThanOrEqual(2);
    }
    const evaluations = reading((store) => store.evaluations.list());
    const plain = evaluations.filter(({ checkpoint }) => checkpoint !== second?.id);
    expect(new Set(plain.map(({ checkpoint }) => checkpoint)).size).toBe(2);
    const searched = reading((store) =>
      store.stages
        .list("tiny")
        .filter(({ name, round }) => name.startsWith("evaluation") && round === 2)
        .map(({ summary }) => [Number(summary?.["nfe"]) > 0, summary?.["failedVerdicts"]]),
    );
    expect(searched).toEqual([1, 2, 3, 4, 5].map(() => [true, 0]));
    const drawn = reading((store) =>
      store.stages
        .list("tiny")
        .filter(({ name }) => name === "candidates")
        .map(({ id }) => [...store.candidates.iterate(id)].map(({ checkpoint }) => checkpoint)),
    );
    expect(drawn.map((some) => [some.length, new Set(some).size])).toEqual([
      [8, 1],
      [8, 1],
    ]);
    expect(drawn[1]?.[0]).toBe(first?.id);
  },
  10 * MINUTES,
);
