import { describe, expect, it } from "vitest";
import { sampleCandidates } from "../../../src/stages/candidates/sample-candidates.js";
import { storePrompts } from "../../../src/stages/prompts/store-prompts.js";
import { FakeSampler } from "../../../src/testing.js";
import { type Bench, benchOn, fakeSource, openBench, starPrompts } from "../stage-place.js";

const prompts = starPrompts(5);

async function sample(bench: Bench, source = fakeSource(), more: object = {}) {
  await storePrompts(bench.place, { name: "prompts", prompts, origin: "test" });
  const params = {
    prompts,
    images: { perPrompt: 4 },
    source,
    files: bench.files,
    seed: 1,
    purpose: "round 1",
    shardImages: 8,
  };
  const stage = await sampleCandidates(bench.place, { ...params, ...more });
  return [...bench.store.candidates.iterate(stage.id)];
}

describe("sampleCandidates", () => {
  it("samples N of each prompt under seeds of their own, in shards of whole prompts", async () => {
    const bench = openBench();
    const candidates = await sample(bench);
    expect(candidates).toHaveLength(20);
    expect(new Set(candidates.map(({ id }) => id)).size).toBe(20);
    expect(new Set(candidates.map(({ seed }) => seed)).size).toBe(20);
    const stage = bench.store.stages.list("test").find(({ name }) => name === "candidates");
    expect(bench.store.shards.list(stage?.id ?? "").map(({ rows }) => rows)).toEqual([8, 8, 4]);
    expect(stage?.summary).toEqual({ candidates: 20, prompts: 5 });
  });

  it("goes on with the shards that are missing, and ends with the same candidates", async () => {
    const whole = await sample(openBench());
    const bench = openBench();
    let steps = 0;
    const beforeStep = () => {
      steps += 1;
      if (steps === 20) throw new Error("out of memory");
    };
    await expect(sample(bench, fakeSource(new FakeSampler({ beforeStep })))).rejects.toThrow("out of memory");
    const stage = bench.store.stages.list("test").find(({ name }) => name === "candidates");
    expect([stage?.progress, stage?.message]).toEqual(["failed", "out of memory"]);
    const done = bench.store.shards.list(stage?.id ?? "").length;
    expect(done).toBeGreaterThan(0);
    expect(done).toBeLessThan(3);
    expect((await sample(bench)).map(({ id }) => id)).toEqual(whole.map(({ id }) => id));
  });

  it("reads back what another run sampled, without opening the sampler", async () => {
    const bench = openBench();
    const first = await sample(bench);
    const source = fakeSource();
    const second = await sample({ ...bench, ...benchOn(bench.store, "another") }, source);
    expect(second.map(({ id }) => id)).toEqual(first.map(({ id }) => id));
    expect(source.opened).toBe(0);
  });

  it("draws other seeds for another purpose or run seed", async () => {
    const ids = async (more: object) => (await sample(openBench(), fakeSource(), more)).map(({ id }) => id);
    const [one, purpose, seed] = [await ids({}), await ids({ purpose: "round 2" }), await ids({ seed: 2 })];
    expect(one.filter((id) => purpose.includes(id) || seed.includes(id))).toEqual([]);
  });

  it("refuses a sampler whose candidates are not the ones asked for", async () => {
    const sampler = new FakeSampler({ checkpoint: "another" });
    const lying = { ...fakeSource(sampler), checkpoint: "fake" };
    await expect(sample(openBench(), lying)).rejects.toThrow(/its checkpoint or settings are not the run's/);
  });
});
