import { describe, expect, it } from "vitest";
import type { PlannedStage } from "../../../src/runner/planning/planned-stage.js";
import { estimateRun, timesOf } from "../../../src/runner/scaling/estimate-run.js";
import { simulate } from "../../../src/runner/scaling/simulate.js";

const NONE = { start: 0, perShard: 0, perCommit: 0 };

describe("the simulation of a run", () => {
  it("shares shards out evenly, as far as there are any", () => {
    const stage = { name: "candidates", shards: Array<number>(12).fill(5), alone: 0 };
    const seconds = [1, 2, 3, 4, 5, 12, 1024].map((workers) => simulate([stage], workers, NONE).seconds);
    expect(seconds).toEqual([60, 30, 20, 15, 15, 5, 5]);
  });

  it("adds what nobody shares, stages one after another, and every overhead", () => {
    const stages = [
      { name: "candidates", shards: [4, 4, 4, 4], alone: 0 },
      { name: "training", shards: [], alone: 30 },
    ];
    expect(simulate(stages, 2, NONE)).toMatchObject({ seconds: 38, used: 16, paid: 76, limit: "alone" });
    const overhead = { start: 10, perShard: 1, perCommit: 0.5 };
    // Ends at 5, 5, 10 and 10; the commits of the last two wait for each other.
    expect(simulate(stages, 2, overhead).seconds).toBe(10 + 11 + 30);
  });

  it("says what holds a run up", () => {
    const limit = (shards: number[], workers: number, overhead = NONE) =>
      simulate([{ name: "candidates", shards, alone: 0 }], workers, overhead).limit;
    expect(limit(Array<number>(100).fill(1), 2)).toBe("shards");
    expect(limit([1, 1, 1, 50], 4)).toBe("last shard");
    expect(limit(Array<number>(100).fill(1), 100, { ...NONE, perCommit: 0.1 })).toBe("coordinator");
  });

  it("never gets slower with more workers, nor faster than work and longest shard allow", () => {
    const shards = Array.from({ length: 57 }, (_, index) => 1 + ((index * 7) % 5));
    const total = shards.reduce((sum, seconds) => sum + seconds, 0);
    let before = Number.POSITIVE_INFINITY;
    for (const workers of [1, 2, 4, 8, 16, 32, 64]) {
      const { seconds, used } = simulate([{ name: "scores", shards, alone: 0 }], workers, NONE);
      expect(seconds).toBeLessThanOrEqual(before);
      expect(seconds).toBeGreaterThanOrEqual(Math.max(total / workers, 5));
      expect(used).toBe(total);
      before = seconds;
    }
  });
});

describe("the estimate of a plan", () => {
  const planned = (name: string, units: number, more: Partial<PlannedStage> = {}): PlannedStage => {
    return { round: 1, name, what: "", samples: 0, units, state: "to do", shards: null, ...more };
  };
  const settings = { workers: 2, shardImages: 10, execution: { gpus: 1 } };

  it("cuts stages into shards, and counts what is done", () => {
    expect(timesOf("candidates", 0.5, 25, 10)).toEqual({ name: "candidates", shards: [5, 5, 2.5], alone: 0 });
    const measured = [{ name: "candidates", shards: 2, units: 20, seconds: 10, bytes: 2000 }];
    const half = planned("candidates", 100, { state: "partly", shards: { done: 5, planned: 10 } });
    const estimate = estimateRun([half, planned("candidates", 9, { state: "done" })], measured, settings);
    expect(estimate).toMatchObject({ used: 25, storage: 5000, unmeasured: [] });
    expect(estimate.gpuHours).toBeCloseTo((estimate.seconds * 2) / 3600);
  });

  it("names the stages that were never measured instead of guessing", () => {
    const estimate = estimateRun([planned("candidates", 10), planned("training", 5)], [], settings);
    expect(estimate).toMatchObject({ seconds: 0, unmeasured: ["candidates", "training"] });
  });
});
