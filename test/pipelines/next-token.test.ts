import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import janusPro from "../../pipelines/janus-pro.js";
import llamagen from "../../pipelines/llamagen.js";
import { readPairs } from "../../src/adapters/arrow/index.js";
import { pythonCommand } from "../../src/adapters/python/index.js";
import { openStore } from "../../src/adapters/store/index.js";
import type { PipelineInput } from "../../src/config/freeze-config.js";
import { workspacePaths } from "../../src/paths.js";
import { runLine } from "../commands/surroundings.js";

const MINUTES = 60_000;
const TINY = fileURLToPath(new URL("../../python/tests/tiny_next_token.py", import.meta.url));
const RANDOM = fileURLToPath(new URL("../../python/tests/random_scenes_next_token.py", import.meta.url));

const asked = (tag: string, include: object[], prompt: string) => JSON.stringify({ tag, include, prompt });
const one = (name: string) => asked("single_object", [{ class: name, count: 1 }], `a photo of a ${name}`);
const TRAIN = [
  one("bench"),
  asked("colors", [{ class: "car", count: 1, color: "red" }], "a photo of a red car"),
  asked("counting", [{ class: "dog", count: 2 }], "a photo of two dogs"),
];
const HELD_OUT = [one("cat")];

const folder = mkdtempSync(join(tmpdir(), "espalier-next-token-"));
beforeAll(async () => {
  await execa(pythonCommand(), [TINY, folder], { timeout: 5 * MINUTES });
  writeFileSync(join(folder, "train.jsonl"), `${TRAIN.join("\n")}\n`);
  writeFileSync(join(folder, "held-out.jsonl"), `${HELD_OUT.join("\n")}\n`);
}, 5 * MINUTES);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The models of each family, as they lie on disk once converted, and the middle of what its random judge says. */
const FAMILIES = {
  llamagen: {
    shipped: llamagen,
    models: { base: "llamagen", tokenizer: "vq", textTokenizer: "t5", judge: "parm" },
    middle: { outcome: 0.757, clarity: 0.75, potential: 0.74 },
    preview: "completed",
    text: { length: 10, kind: Uint16Array },
  },
  "janus-pro": {
    shipped: janusPro,
    models: { base: "janus", tokenizer: "janus", textTokenizer: "janus", judge: "self" },
    middle: { outcome: 0.3557, clarity: 0.3495, potential: 0.3495 },
    preview: "drawn",
    text: { length: 128, kind: Uint32Array },
  },
} as const;

/** The shipped pipeline with tiny models and amounts. */
function tinySettings(family: keyof typeof FAMILIES): PipelineInput {
  const { shipped, models, middle, preview } = FAMILIES[family];
  const judge = models.judge === "self" ? "self" : join(folder, models.judge);
  return {
    ...shipped,
    models: {
      family,
      base: join(folder, models.base),
      tokenizer: join(folder, models.tokenizer),
      textTokenizer: join(folder, models.textTokenizer),
      judge,
      detector: { objects: join(folder, "mask2former"), colors: join(folder, "clip") },
      device: "cpu",
      threads: 1,
    },
    sampler: { ...shipped.sampler, steps: 4, slots: 6, preview },
    prompts: {
      train: { file: join(folder, "train.jsonl") },
      heldOut: { file: join(folder, "held-out.jsonl"), validationShare: 0 },
    },
    round: {
      ...shipped.round,
      prompts: 3,
      candidates: { perPrompt: 6 },
      labels: { by: "judge", yesFrom: middle.outcome, noUpTo: middle.outcome },
      training: {
        ...shipped.round?.training,
        ...{ steps: 2, batchPairs: 2, learningRate: 1e-3, device: "cpu", precision: "fp32", threads: 1 },
        adapter: { rank: 4, alpha: 8 },
      },
    },
    rounds: 1,
    gate: { rule: "always-promote" },
    evaluation: {
      images: { perPrompt: 2 },
      rows: [
        { verifier: { kind: "none" } },
        {
          verifier: {
            kind: "parm",
            n: 2,
            clarity: middle.clarity,
            potential: middle.potential,
            firstStep: 2,
          },
          checkpoints: "last",
        },
      ],
      resamples: 100,
    },
  };
}

it("runs the bundled next-token generator through a round, and replays what it drew", {
  timeout: 5 * MINUTES,
}, async () => {
  const [base, workspace] = [join(folder, "random"), join(folder, "workspace-bundled")];
  await execa(pythonCommand(), [RANDOM, base]);
  const settings: PipelineInput = {
    name: "rows",
    models: { family: "bundled-next-token", base },
    sampler: { slots: 4 },
    prompts: { train: { limit: 6 }, heldOut: { limit: 6 } },
    round: {
      ...{ prompts: 3, candidates: { perPrompt: 3 }, labels: { by: "judge", yesFrom: 0, noUpTo: 0 } },
      mining: { policy: "best-versus-second" },
      training: { steps: 2, batchPairs: 2, threads: 1 },
    },
    rounds: 1,
    gate: { rule: "always-promote", images: { perTask: 1 } },
    evaluation: {
      images: { perTask: 1 },
      rows: [
        { verifier: { kind: "parm", n: 2, clarity: 0, potential: 0.5, firstStep: 3 }, checkpoints: "last" },
      ],
      resamples: 100,
    },
  };
  const pipeline = join(folder, "rows.mjs");
  writeFileSync(pipeline, `export default ${JSON.stringify(settings)};\n`);
  const { code, errors } = await runLine(`run ${pipeline} --workspace ${workspace} --json`);
  expect(code, errors).toBe(0);
  const store = openStore(workspacePaths(workspace), { readOnly: true });
  const trained = store.checkpoints.list().find(({ parents }) => parents.length > 0);
  const stage = store.stages.list("rows").findLast(({ name }) => name.startsWith("evaluation-"));
  const candidates = [...store.candidates.iterate(stage?.id ?? "")];
  store.close();
  expect(trained?.family).toBe("bundled-next-token");
  const cut = candidates.find(({ status }) => status === "dropped");
  for (const one of [candidates.find(({ status }) => status === "finished"), cut]) {
    if (one === undefined) continue;
    const replayed = await runLine(`replay ${one.id} --workspace ${workspace} --json`);
    expect(replayed.code, replayed.errors).toBe(0);
    expect(JSON.parse(replayed.out)).toMatchObject({ same: true });
  }
  expect(candidates.length).toBeGreaterThan(0);
});

describe.each(["llamagen", "janus-pro"] as const)("the %s pipeline on tiny models", (family) => {
  const workspace = join(folder, `workspace-${family}`);
  const ledger = () => openStore(workspacePaths(workspace), { readOnly: true });

  it("generates, pairs, trains and evaluates with PARM", { timeout: 5 * MINUTES }, async () => {
    const pipeline = join(folder, `${family}.mjs`);
    writeFileSync(pipeline, `export default ${JSON.stringify(tinySettings(family))};\n`);
    const { code, errors } = await runLine(`run ${pipeline} --workspace ${workspace} --json`);
    expect(code, errors).toBe(0);
    const store = ledger();
    const generators = store.checkpoints.list().filter(({ kind }) => kind === "generator");
    const base = generators.find(({ parents }) => parents.length === 0);
    const trained = generators.find(({ parents }) => parents[0] === base?.id);
    expect(generators.map((one) => one.family)).toEqual([family, family]);
    expect(trained?.pairSetHash).toMatch(/^[0-9a-f]+$/);
    const stages = store.stages.list(family);
    expect(stages.every(({ progress }) => progress === "finished")).toBe(true);
    expect(stages.filter(({ name }) => name.startsWith("evaluation-"))).toHaveLength(3);
    store.close();
  });

  it("wrote pairs of whole rows with the text that the generator reads", async () => {
    const store = ledger();
    const stage = store.stages.list(family).find(({ name }) => name === "pairs");
    const [file = ""] = store.shards.list(stage?.id ?? "").map((shard) => shard.file ?? "");
    store.close();
    const pairs = [];
    for await (const pair of readPairs(join(workspace, file))) pairs.push(pair);
    const { length, kind } = FAMILIES[family].text;
    expect(pairs.length).toBeGreaterThan(0);
    for (const { text, chosen, rejected } of pairs) {
      expect(text).toBeInstanceOf(kind);
      expect(text).toHaveLength(length);
      expect([...chosen.committedAt]).toEqual([0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3]);
      expect(chosen.tokens).not.toEqual(rejected.tokens);
    }
  });

  it("replays a candidate in another worker, token for token", {
    timeout: 2 * MINUTES,
  }, async () => {
    const store = ledger();
    const candidates = store.stages
      .list(family)
      .filter(({ name }) => name.startsWith("evaluation-") || name === "candidates")
      .flatMap(({ id }) => [...store.candidates.iterate(id)]);
    store.close();
    const finished = candidates.findLast(({ status }) => status === "finished");
    const { code, out, errors } = await runLine(`replay ${finished?.id} --workspace ${workspace} --json`);
    expect(code, errors).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ same: true });
  });
});
