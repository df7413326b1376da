import { describe, expect, it } from "vitest";
import { ExecutorError } from "../../../src/errors.js";
import { sampleCandidates } from "../../../src/stages/candidates/sample-candidates.js";
import {
  type ComputedShard,
  type ShardExecutor,
  ShardFault,
  type ShardRequest,
} from "../../../src/stages/running/executor.js";
import type { StagePlace } from "../../../src/stages/running/stage-place.js";
import { type Bench, fakeSource, openBench, sampled, starPrompts } from "../stage-place.js";

const PROMPTS = starPrompts(6);

/** An executor that answers from a function and counts. */
function executorOf(compute: (request: ShardRequest) => Promise<ComputedShard>, width = 2) {
  const counted = { now: 0, most: 0, requests: [] as ShardRequest[] };
  const executor: ShardExecutor = {
    attempts: 3,
    width: () => width,
    compute: async (request) => {
      counted.requests.push(request);
      counted.now += 1;
      counted.most = Math.max(counted.most, counted.now);
      try {
        await new Promise((resolve) => setImmediate(resolve));
        return await compute(JSON.parse(JSON.stringify(request)) as ShardRequest);
      } finally {
        counted.now -= 1;
      }
    },
  };
  return { executor, counted };
}

const NOTHING: ComputedShard = { candidates: [], data: null, seconds: 0.5 };

/** A candidates stage of six shards. */
async function run(bench: Bench, more: Partial<StagePlace>) {
  await sampled(bench, PROMPTS, 1);
  const place = { ...bench.place, round: 0, ...more };
  return sampleCandidates(place, {
    prompts: PROMPTS,
    images: { perPrompt: 1 },
    source: fakeSource(),
    files: bench.files,
    seed: 2,
    purpose: "test",
    shardImages: 1,
  });
}

describe("shards through an executor", () => {
  it("come as JSON, no more at once than it wants, and their costs are kept", async () => {
    const bench = openBench();
    const { executor, counted } = executorOf(async () => NOTHING, 2);
    const stage = await run(bench, { executor });
    expect(counted.requests.map(({ index }) => index).sort()).toEqual([0, 1, 2, 3, 4, 5]);
    expect(counted.most).toBe(2);
    expect(counted.requests[0]).toMatchObject({ attempt: 1, checkpoint: "fake", judge: null });
    expect(bench.store.shards.find(stage.id, 3)).toMatchObject({ seconds: 0.5, units: 1, bytes: null });
    expect(stage.progress).toBe("finished");
  });

  it("are tried again after a fault, which the ledger keeps", async () => {
    const bench = openBench();
    const { executor } = executorOf(async ({ index, attempt }) => {
      if (index === 4 && attempt < 3) throw new ShardFault("its worker died", "host 7");
      return NOTHING;
    });
    const stage = await run(bench, { executor });
    expect(stage.progress).toBe("finished");
    const faults = bench.store.shards.faults(stage.id);
    expect(faults.map(({ index, attempt, setAside }) => [index, attempt, setAside])).toEqual([
      [4, 1, false],
      [4, 2, false],
    ]);
    expect(faults[0]).toMatchObject({ reason: "its worker died", worker: "host 7" });
  });

  it("are set aside after the last try: the others go on, the stage fails by name, and a later run redoes only them", async () => {
    const bench = openBench();
    const poisoned = executorOf(async ({ index }) => {
      if (index === 1) throw new ShardFault("out of memory");
      return NOTHING;
    });
    const broken = run(bench, { executor: poisoned.executor });
    await expect(broken).rejects.toThrow(ExecutorError);
    await expect(broken).rejects.toThrow(
      /1 shard\(s\) of candidates failed 3 times.*\n.*shard 1: out of memory/,
    );
    const [stage] = bench.store.stages.list("test").filter(({ round }) => round === 0);
    expect(stage?.progress).toBe("failed");
    expect(bench.store.shards.progress(stage?.id ?? "").shards).toBe(5);
    expect(bench.store.shards.faults(stage?.id ?? "").map(({ setAside }) => setAside)).toEqual([
      false,
      false,
      true,
    ]);

    const { executor, counted } = executorOf(async () => NOTHING);
    await run(bench, { executor });
    expect(counted.requests.map(({ index }) => index)).toEqual([1]);
  });

  it("stop at once at an error that another try cannot help", async () => {
    const bench = openBench();
    const { executor, counted } = executorOf(async () => {
      throw new Error("no such cluster");
    });
    await expect(run(bench, { executor })).rejects.toThrow("no such cluster");
    expect(counted.requests.length).toBeLessThanOrEqual(2);
    expect(bench.store.stages.list("test").find(({ round }) => round === 0)?.progress).toBe("failed");
  });

  it("stop with the signal", async () => {
    const bench = openBench();
    const controller = new AbortController();
    const { executor } = executorOf(async ({ index }) => {
      if (index === 2) controller.abort(new Error("stopped by the test"));
      return NOTHING;
    });
    await expect(run(bench, { executor, signal: controller.signal })).rejects.toThrow("stopped by the test");
    const stage = bench.store.stages.list("test").find(({ round }) => round === 0);
    expect(stage?.progress).toBe("stopped");
  });
});
