import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { ConfigError } from "../../../src/errors.js";
import { planPipeline } from "../../../src/runner/planning/plan-pipeline.js";
import { compareStored } from "../../../src/runner/reports/compare-stored.js";
import type { RunResult } from "../../../src/runner/run/run-options.js";
import { runPipeline } from "../../../src/runner/run/run-pipeline.js";
import { FakeProgress } from "../../records/fake-progress.js";
import { reading, tinyConfig, tinyFamily, tinyFolder, tinyOptions } from "../tiny-run.js";

describe("runPipeline with the random-weight models", () => {
  const folder = tinyFolder();
  let result: RunResult;
  beforeAll(async () => {
    result = await runPipeline(tinyConfig(folder), tinyOptions(folder));
  });

  it("compares every row on the same images and writes table, summary and report", () => {
    const rows = JSON.parse(readFileSync(result.files.summary, "utf8")).rows;
    expect(rows.map(({ name, images }: { name: string; images: number }) => [name, images])).toEqual([
      ["base", 8],
      ["base + ORM best-of-3", 8],
      ["round 1", 8],
      ["round 2", 8],
      ["round 2 + ORM best-of-3", 8],
    ]);
    expect(readFileSync(result.files.table, "utf8")).toContain("round 2 + ORM best-of-3");
    expect(readFileSync(result.files.report, "utf8")).toContain("<h1>tiny</h1>");
  });

  it("writes a manifest of each round with its stages and all inputs by hash", () => {
    const manifest = (round: number) =>
      JSON.parse(readFileSync(join(folder, `workspace/reports/tiny/round-${round}.json`), "utf8"));
    expect(manifest(2).stages.map(({ name }: { name: string }) => name)).toEqual([
      ...["prompts", "candidates", "scores", "pairs", "training"],
      ...["validation", "evaluation-plain", "evaluation-best-of-3"],
    ]);
    expect(manifest(1).fromCheckpoint).toBe(manifest(0).inputs.base);
    expect(manifest(2).fromCheckpoint).toBe(manifest(1).toCheckpoint);
    expect(manifest(2).reference).toEqual({ policy: "previous", checkpoint: manifest(1).toCheckpoint });
  });

  it("samples the first of best-of-3 once: plain images are read back", () => {
    const sampled = (name: string) =>
      reading(folder, (store) => {
        const stage = store.stages.list("tiny").find((one) => one.round === 0 && one.name === name);
        return store.shards.progress(stage?.id ?? "").rows;
      });
    expect([sampled("evaluation-plain"), sampled("evaluation-best-of-3")]).toEqual([8, 16]);
  });

  it("does nothing the second time and says the same", async () => {
    const before = reading(folder, (store) => store.counts());
    const sampler = () => Promise.reject(new Error("nothing should be sampled"));
    const options = tinyOptions(folder, { family: tinyFamily({ openSampler: sampler }) });
    const again = await runPipeline(tinyConfig(folder), options);
    expect(again.comparison).toEqual(result.comparison);
    const compared = await compareStored([result.run], { workspace: join(folder, "workspace") });
    // `compare` draws the same intervals for the same rows.
    const byName = (rows: RunResult["comparison"]["rows"]) =>
      [...rows].sort((one, other) => one.name.localeCompare(other.name));
    expect(byName(compared.comparison.rows)).toEqual(byName(result.comparison.rows));
    expect(compared.comparison.statistics).toEqual(result.comparison.statistics);
    expect(reading(folder, (store) => store.counts())).toEqual(before);
  });

  it("refuses other settings under the same name, and lists them", async () => {
    const changed = tinyConfig(folder, { seed: 4, sampler: { steps: 4, slots: 8 } });
    const running = runPipeline(changed, tinyOptions(folder));
    await expect(running).rejects.toThrow(ConfigError);
    await expect(running).rejects.toThrow(/seed: was 0, now 4\n {2}sampler\.steps: was 3, now 4/);
    await expect(planPipeline(changed, tinyOptions(folder))).rejects.toThrow(/sampler\.steps: was 3, now 4/);
  });

  it("goes on when only how a training is saved and on how many threads it runs differs", async () => {
    const { rounds, ...same } = tinyConfig(folder);
    const otherwise = { threads: 1, keepCheckpoints: 9, checkpointEvery: 7 };
    const saved = rounds.map((round) => ({ ...round, training: { ...round.training, ...otherwise } }));
    const config = { ...same, rounds: saved };
    const plan = await planPipeline(config, tinyOptions(folder));
    expect(plan.stages.every(({ state }) => state === "done")).toBe(true);
  });

  it("plans nothing more to sample", async () => {
    const plan = await planPipeline(tinyConfig(folder), tinyOptions(folder));
    expect(plan.stages.every(({ state }) => state === "done")).toBe(true);
    expect(plan.images.left).toBe(0);
  });
});

describe("planPipeline", () => {
  it("counts every image once before anything ran, and writes nothing", async () => {
    const folder = tinyFolder();
    const plan = await planPipeline(tinyConfig(folder), tinyOptions(folder));
    const samples = plan.stages.map(({ round, name, samples }) => `${round} ${name} ${samples}`);
    expect(samples.filter((line) => !line.endsWith(" 0"))).toEqual([
      ...["0 validation 4", "0 evaluation-plain 8", "0 evaluation-best-of-3 16"],
      ...["1 candidates 12", "1 validation 4", "1 evaluation-plain 8"],
      ...["2 candidates 12", "2 validation 4", "2 evaluation-plain 8", "2 evaluation-best-of-3 16"],
    ]);
    expect(plan.images).toEqual({ left: 92, total: 92 });
    expect(existsSync(join(folder, "workspace"))).toBe(false);
  });

  it("counts the steps of trainings in epochs: at most before their pairs are mined, and then exactly", async () => {
    const folder = tinyFolder();
    const config = tinyConfig(folder, {
      round: {
        prompts: 4,
        candidates: { perPrompt: 3 },
        labels: { by: "judge", yesFrom: 0.5, noUpTo: 0.5 },
        training: { epochs: 3, batchPairs: 2 },
        accumulatePairs: true,
      },
    });
    const trainings = async () => {
      const { stages, estimate } = await planPipeline(config, tinyOptions(folder));
      const planned = stages.filter(({ name }) => name === "training");
      return { steps: planned.map(({ what, units }) => [what.split(" of ")[0], units]), ...estimate };
    };
    // Four prompts with a pair each, and in round 2 those of round 1 as well.
    expect((await trainings()).steps).toEqual([
      ["3 epoch(s), at most 6 steps", 6],
      ["3 epoch(s), at most 12 steps", 12],
    ]);
    const stopped = new AbortController();
    const note = (text: string) => void (text.startsWith("round 2") && stopped.abort(new Error("enough")));
    const progress = new FakeProgress({ note });
    const options = tinyOptions(folder, { progress, signal: stopped.signal });
    await expect(runPipeline(config, options)).rejects.toThrow("enough");
    const pairs = reading(folder, (store) => {
      const mined = store.stages.list("tiny").find(({ name }) => name === "pairs");
      return store.shards.progress(mined?.id ?? "").rows;
    });
    const { steps, unmeasured } = await trainings();
    const first = 3 * Math.ceil(pairs / 2);
    const second = 3 * Math.ceil((pairs + 4) / 2);
    expect(steps).toEqual([
      [`3 epoch(s), ${first} steps`, first],
      [`3 epoch(s), at most ${second} steps`, second],
    ]);
    expect(unmeasured).not.toContain("training");
  });
});
