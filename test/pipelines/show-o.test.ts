import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import showO from "../../pipelines/show-o.js";
import { readPairs } from "../../src/adapters/arrow/index.js";
import { pythonCommand } from "../../src/adapters/python/index.js";
import { openStore } from "../../src/adapters/store/index.js";
import { freezeConfig, type PipelineInput } from "../../src/config/freeze-config.js";
import { workspacePaths } from "../../src/paths.js";
import { replayCandidate } from "../../src/runner/inspection/replay-candidate.js";
import { HOME } from "../../src/runner/locate-file.js";
import { planPipeline } from "../../src/runner/planning/plan-pipeline.js";
import type { RunResult } from "../../src/runner/run/run-options.js";
import { runPipeline } from "../../src/runner/run/run-pipeline.js";

import { runLine } from "../commands/surroundings.js";
import { judgeSamples } from "./judge-samples.js";

const MINUTES = 60_000;
const TINY = fileURLToPath(new URL("../../python/tests/tiny_release.py", import.meta.url));

const asked = (tag: string, include: object[], prompt: string) => JSON.stringify({ tag, include, prompt });
const one = (name: string) => asked("single_object", [{ class: name, count: 1 }], `a photo of a ${name}`);
const TRAIN = [
  one("bench"),
  asked("colors", [{ class: "car", count: 1, color: "red" }], "a photo of a red car"),
  asked("counting", [{ class: "dog", count: 2 }], "a photo of two dogs"),
];
const HELD_OUT = [
  one("cat"),
  asked("colors", [{ class: "cat", count: 1, color: "blue" }], "a photo of a blue cat"),
];

/** The shipped pipeline with tiny models and amounts, and thresholds in the middle of what a random judge says. */
function tinySettings(folder: string): PipelineInput {
  writeFileSync(join(folder, "train.jsonl"), `${TRAIN.join("\n")}\n`);
  writeFileSync(join(folder, "held-out.jsonl"), `${HELD_OUT.join("\n")}\n`);
  return {
    ...showO,
    models: {
      family: "show-o",
      base: join(folder, "show-o"),
      tokenizer: join(folder, "magvitv2"),
      textTokenizer: join(folder, "phi"),
      judge: join(folder, "parm"),
      detector: { objects: join(folder, "mask2former"), colors: join(folder, "clip") },
      device: "cpu",
      threads: 1,
    },
    sampler: { ...showO.sampler, steps: 4, slots: 8 },
    prompts: {
      train: { file: join(folder, "train.jsonl") },
      heldOut: { file: join(folder, "held-out.jsonl"), validationShare: 0 },
    },
    round: {
      ...showO.round,
      prompts: 3,
      candidates: { perPrompt: 6 },
      labels: { by: "judge", yesFrom: 0.757, noUpTo: 0.757 },
      training: {
        ...showO.round?.training,
        ...{ steps: 2, batchPairs: 2, learningRate: 1e-3, device: "cpu", precision: "fp32", threads: 1 },
        adapter: { rank: 4, alpha: 8 },
      },
    },
    rounds: 1,
    gate: { rule: "always-promote" },
    evaluation: {
      images: { perPrompt: 1 },
      rows: [
        { verifier: { kind: "none" } },
        { verifier: { kind: "parm", n: 2, clarity: 0.75, potential: 0.74 }, checkpoints: "first-and-last" },
      ],
      resamples: 100,
    },
  };
}

describe("the Show-o pipeline on tiny models in the released formats", () => {
  const folder = mkdtempSync(join(tmpdir(), "espalier-show-o-"));
  const workspace = join(folder, "workspace");
  let result: RunResult;
  beforeAll(async () => {
    await execa(pythonCommand(), [TINY, folder], { timeout: 15 * MINUTES });
    result = await runPipeline(freezeConfig(tinySettings(folder)), { workspace });
  }, 30 * MINUTES);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("ends in a table of base and round 1, with and without PARM", () => {
    const names = result.comparison.rows.map(({ name }) => name);
    expect(names).toEqual(["base", "base + PARM (N = 2)", "round 1", "round 1 + PARM (N = 2)"]);
  });

  it("trained Show-o from its released folder, and sampled from what it wrote", () => {
    const store = openStore(workspacePaths(workspace), { readOnly: true });
    const [base, one] = result.rounds.map(({ checkpoint }) => checkpoint);
    const row = store.checkpoints.find(one?.identity ?? "");
    expect(row).toMatchObject({ kind: "generator", family: "show-o", parents: [base?.identity] });
    expect(store.checkpoints.find(base?.identity ?? "")?.location).toBe(`outside:${join(folder, "show-o")}`);
    const stages = store.stages.list("show-o");
    expect(stages.every(({ progress }) => progress === "finished")).toBe(true);
    store.close();
  });

  it("wrote pairs with the text rows and token grids that the trainer read", async () => {
    const store = openStore(workspacePaths(workspace), { readOnly: true });
    const stage = store.stages.list("show-o").find(({ name }) => name === "pairs");
    const [file = ""] = store.shards.list(stage?.id ?? "").map((shard) => shard.file ?? "");
    store.close();
    const pairs = [];
    for await (const pair of readPairs(join(workspace, file))) pairs.push(pair);
    expect(pairs.length).toBeGreaterThan(1);
    expect(pairs[0]?.text).toHaveLength(17);
    expect(pairs[0]?.chosen.tokens).toHaveLength(16);
    expect(pairs.every(({ chosen, rejected }) => chosen.score > rejected.score)).toBe(true);
  });

  it("replays a candidate of the trained checkpoint in another worker, token for token", {
    timeout: 5 * MINUTES,
  }, async () => {
    const store = openStore(workspacePaths(workspace), { readOnly: true });
    const stage = store.stages.list("show-o").findLast(({ name }) => name.startsWith("evaluation"));
    const [candidate] = [...store.candidates.iterate(stage?.id ?? "")];
    store.close();
    expect(await replayCandidate(candidate?.id ?? "", { workspace })).toMatchObject({ same: true });
  });

  it("tunes its judge by LoRA through the command line", { timeout: 10 * MINUTES }, async () => {
    const pipeline = join(folder, "tiny.mjs");
    writeFileSync(pipeline, `export default ${JSON.stringify(tinySettings(folder))};\n`);
    const writing = openStore(workspacePaths(workspace));
    const samples = await judgeSamples(writing);
    writing.close();
    const how = "--steps 2 --batch 8 --threads 1 --json";
    const line = `judge train ${samples.id} --pipeline ${pipeline} --workspace ${workspace} ${how}`;
    const { code, errors } = await runLine(line);
    expect(code, errors).toBe(0);
    const store = openStore(workspacePaths(workspace), { readOnly: true });
    const judges = store.checkpoints.list().filter(({ kind }) => kind === "judge");
    store.close();
    const parm = judges.find(({ location }) => location === `outside:${join(folder, "parm")}`);
    const [tuned, ...others] = judges.filter((one) => one !== parm);
    expect(others).toEqual([]);
    expect(parm?.id).toMatch(/^[0-9a-f]{64}$/);
    expect(tuned).toMatchObject({ kind: "judge", family: "show-o" });
    expect(tuned?.parents[0]).toBe(parm?.id);
    const written = join(workspace, tuned?.location ?? "");
    expect(existsSync(join(written, "adapter", "adapter_model.safetensors"))).toBe(true);
    expect(JSON.parse(readFileSync(join(written, "config.json"), "utf8"))).toMatchObject({
      model_type: "llava_onevision",
    });
  });
});

it("plans with the real names on a machine without the weights", async () => {
  const plan = await planPipeline(freezeConfig(showO), { workspace: join(HOME, "nowhere") });
  expect(plan.toFetch).toContain("showlab/show-o");
  expect(plan.stages.filter(({ name }) => name === "training")).toHaveLength(2);
});
