import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { checkReleased } from "../../src/commands/doctor-model.js";
import { freezeConfig } from "../../src/config/freeze-config.js";
import { MODEL_SETS, RELEASED_MODELS, releasedModel } from "../../src/config/released-models.js";
import { ConfigError, HubError } from "../../src/errors.js";
import { runLine } from "./surroundings.js";

const NO_GPU = { torch: "2.15.0+cpu", threads: 2, cuda: [], cuda_memory_mb: [] };
const H200 = { ...NO_GPU, torch: "2.15.0+cu132", cuda: ["NVIDIA H200"], cuda_memory_mb: [150_754] };

function environment(given: { readonly offline?: boolean } = {}) {
  const cache = mkdtempSync(join(tmpdir(), "espalier-cache-"));
  onTestFinished(() => rmSync(cache, { recursive: true }));
  return { url: "https://huggingface.co", token: undefined, cache, offline: false, ...given };
}

/** Puts a model into a cache as if it had been fetched. */
function bring(cache: string, name: string, files: readonly string[]) {
  const [owner, repository, ...folder] = name.split("/");
  const root = join(cache, `models--${owner}--${repository}`);
  const commit = releasedModel(name)?.revision ?? "main";
  const isCommit = /^[0-9a-f]{40}$/.test(commit);
  const snapshot = join(root, "snapshots", isCommit ? commit : "a".repeat(40), ...folder);
  mkdirSync(snapshot, { recursive: true });
  for (const file of files) writeFileSync(join(snapshot, file), "content");
  if (isCommit) return;
  mkdirSync(join(root, "refs"), { recursive: true });
  writeFileSync(join(root, "refs", commit), "a".repeat(40));
}

const statesOf = (checks: readonly { name: string; state: string }[]) =>
  Object.fromEntries(checks.map(({ name, state }) => [name, state]));

describe("what a set of models needs", () => {
  test("is each model, disk for those that are absent, and a GPU; every lack has its cure", () => {
    const checks = checkReleased("show-o", NO_GPU, environment());
    expect(checks.map(({ name }) => name)).toEqual([
      ...(MODEL_SETS["show-o"] as string[]),
      "disk for weights",
      "GPU memory",
    ]);
    for (const { state, cure } of checks) expect(cure === "").toBe(state === "ok");
    const [generator] = checks;
    expect(generator?.found).toBe("not in the cache (generator, 256 x 256, 5.8 GB, licence MIT)");
    expect(generator?.cure).toContain(
      "hf download showlab/show-o --revision cdabfbde0b00f617a846ea970488f8b0c6e26df7",
    );
    expect(checks[2]?.cure).toContain('hf download microsoft/phi-1_5 --include "*.json" "*.txt"');
    const judge = checks.find(({ name }) => name.endsWith("/parm"));
    expect(judge?.cure).toContain('hf download ZiyuG/Image-Generation-CoT --include "parm/*"');
    const [disk, gpu] = checks.slice(-2);
    expect(disk?.found).toMatch(/^24\.2 GB to fetch into .*, \d+ GB free$/);
    expect(gpu?.found).toContain("21.3 GB of weights, about 26.7 GB with what is in work; torch 2.15.0+cpu");
    expect(gpu?.cure).toContain("This torch knows no CUDA");
  });

  test("counts what is in the cache as here, whole models only", () => {
    const given = environment();
    bring(given.cache, "showlab/show-o", ["config.json", "pytorch_model.safetensors"]);
    bring(given.cache, "microsoft/phi-1_5", ["tokenizer.json"]);
    bring(given.cache, "ZiyuG/Image-Generation-CoT/parm", ["config.json"]);
    const states = statesOf(checkReleased("show-o", H200, given));
    expect(states).toMatchObject({
      "showlab/show-o": "ok",
      "microsoft/phi-1_5": "ok",
      "ZiyuG/Image-Generation-CoT/parm": "missing",
      "openai/clip-vit-large-patch14": "missing",
      "GPU memory": "ok",
    });
    const all = MODEL_SETS["show-o"] as string[];
    for (const name of all) bring(given.cache, name, ["tokenizer.json", "model.safetensors"]);
    const whole = checkReleased("show-o", H200, given);
    expect(whole.every(({ state }) => state === "ok")).toBe(true);
    expect(whole.at(-2)?.found).toMatch(/^0 GB to fetch/);
  });

  test("does not call the size of an unknown model 0 GB", () => {
    const checks = checkReleased("foo/bar", H200, environment());
    expect(JSON.stringify(checks)).not.toMatch(/\b0 GB/);
    expect(checks.at(-1)?.found).toContain("not known for a model that is not listed");
  });

  test("says when a GPU is too small, and when nothing may be fetched", () => {
    const small = { ...H200, cuda: ["T4"], cuda_memory_mb: [16_000] };
    const gpu = checkReleased("show-o", small, environment()).at(-1);
    expect(gpu).toMatchObject({ state: "missing", found: expect.stringContaining("T4 with 16.0 GB") });
    const tight = { ...small, cuda_memory_mb: [24_000] };
    expect(checkReleased("show-o", tight, environment()).at(-1)?.state).toBe("warning");
    const driver = { ...NO_GPU, torch: "2.15.0+cu132" };
    expect(checkReleased("show-o", driver, environment()).at(-1)?.cure).toContain("nvidia-smi");
    const silent = checkReleased("show-o", undefined, environment()).at(-1);
    expect(silent).toMatchObject({ name: "GPU memory", state: "missing" });
    const [offline] = checkReleased("show-o", H200, environment({ offline: true }));
    expect(offline?.cure).toContain("Unset HF_HUB_OFFLINE");
  });

  test("can be asked of one model, on the Hub or in a folder, and of no other name", () => {
    expect(statesOf(checkReleased("src", H200, environment()))).toMatchObject({ src: "ok" });
    expect(statesOf(checkReleased("ann/x", H200, environment()))).toMatchObject({ "ann/x": "missing" });
    expect(() => checkReleased("show", H200, environment())).toThrow(ConfigError);
    expect(() => checkReleased("show", H200, environment())).toThrow('did you mean "show-o"');
    expect(() => checkReleased("a/../b", H200, environment())).toThrow(HubError);
  });
});

test("the known models have names of their own, real sizes, and commits or branches", () => {
  expect(new Set(RELEASED_MODELS.map(({ name }) => name)).size).toBe(RELEASED_MODELS.length);
  for (const { name, gigabytes, memory, revision = "main" } of RELEASED_MODELS) {
    expect(name).toMatch(/^[\w-]+\/[\w.-]+(\/\w+)?$/);
    expect(gigabytes).toBeGreaterThan(0);
    expect(memory).toBeGreaterThanOrEqual(0);
    expect(revision).toMatch(/^(main|[0-9a-f]{40})$/);
  }
  for (const name of Object.values(MODEL_SETS).flat()) expect(releasedModel(name), name).toBeDefined();
});

test("the set of Show-o is what a pipeline of its family takes unless it says otherwise", () => {
  const { models } = freezeConfig({ name: "defaults", models: { family: "show-o" } });
  if (models.family !== "show-o") throw new Error("another family");
  const { base, tokenizer, textTokenizer, judge, detector } = models;
  const named = [base, tokenizer, textTokenizer, judge, detector.objects, detector.colors];
  expect(MODEL_SETS["show-o"]).toEqual(named);
});

test("espalier doctor --model tells of them beside the rest", { timeout: 300_000 }, async () => {
  const { code, out } = await runLine("doctor --model show-o --json");
  const { checks } = JSON.parse(out) as { checks: { name: string; state: string; cure: string }[] };
  const names = checks.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(["Node", "showlab/show-o", "disk for weights", "GPU memory"]));
  for (const { state, cure } of checks) expect(cure === "").toBe(state === "ok");
  expect(code).toBe(checks.some(({ state }) => state === "missing") ? 2 : 0);
});
