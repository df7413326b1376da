import { describe, expect, test } from "vitest";
import type { Candidate } from "../../../src/records/candidate.js";
import { type SearchOptions, search } from "../../../src/search/scheduling/scheduler.js";
import { PathEnded } from "../../../src/search/scheduling/task-search.js";
import { candidateSeeds } from "../../../src/search/seeds.js";
import { bestOfN } from "../../../src/search/strategies/best-of-n.js";
import { plain } from "../../../src/search/strategies/plain.js";
import { attempts, runToEnd, type SearchOutcome, type Strategy } from "../../../src/search/strategy.js";
import { FakeJudge, FakeSampler, fakePrompt, scoreByFirstToken } from "../../../src/testing.js";

const prompts = (count: number) => Array.from({ length: count }, (_, index) => fakePrompt(`prompt ${index}`));
const tasks = (count: number) => attempts(prompts(count), 1);

async function outcomes(count: number, options: SearchOptions): Promise<SearchOutcome[]> {
  const all: SearchOutcome[] = [];
  for await (const outcome of search(tasks(count), options)) all.push(outcome);
  return all;
}

/** Cuts a path at once when its first preview's first token is even; the others are judged at the end. */
const cutting: Strategy = {
  name: "cutting",
  async search(context) {
    const ended = await Promise.all(
      candidateSeeds(7, context, 6).map(async (seed) => {
        const path = context.open(seed);
        await context.advance(path);
        const image = await context.preview(path);
        if ((image.tokens?.[0] as number) % 2 === 0) return context.drop(path, "even");
        await runToEnd(context, path);
        await context.ask("outcome", path);
        return context.finish(path);
      }),
    );
    return { chosen: ended.find(({ status }) => status === "finished"), reason: "first kept" };
  },
};

describe("outcomes", () => {
  test("come in the tasks' order, whatever the searches cost", async () => {
    const uneven: Strategy = {
      name: "uneven",
      async search(context) {
        const count = context.prompt.text.endsWith("0") ? 9 : 1;
        const paths = candidateSeeds(1, context, count).map((seed) => context.open(seed));
        await Promise.all(paths.map((path) => runToEnd(context, path)));
        return { chosen: context.finish(paths[0] as never), reason: "" };
      },
    };
    const found = await outcomes(25, { sampler: new FakeSampler(), strategy: uneven });
    expect(found.map(({ prompt }) => prompt.text)).toEqual(prompts(25).map(({ text }) => text));
  });

  test("are the same under every slot count, judge batch and number of tasks in flight", async () => {
    const reference = await outcomes(9, {
      sampler: new FakeSampler({ slots: 1 }),
      judge: new FakeJudge(scoreByFirstToken, 1),
      strategy: cutting,
      maximumInFlight: 1,
    });
    expect(reference.some(({ candidates }) => candidates.some(({ status }) => status === "dropped"))).toBe(
      true,
    );
    for (const [slots, batch, maximumInFlight] of [
      [3, 2, 5],
      [8, 7, 2],
      [64, 100, 9],
    ] as const) {
      const found = await outcomes(9, {
        sampler: new FakeSampler({ slots }),
        judge: new FakeJudge(scoreByFirstToken, batch),
        strategy: cutting,
        maximumInFlight,
      });
      expect(found).toEqual(reference);
    }
  });

  test("count evaluations and judge calls by task, and the sampler agrees with the sum", async () => {
    const sampler = new FakeSampler({ steps: 4 });
    const judge = new FakeJudge(scoreByFirstToken);
    const found = await outcomes(5, { sampler, judge, strategy: cutting });
    for (const { candidates, judgements, nfe, judgeCalls } of found) {
      expect(nfe).toBe(candidates.reduce((sum, { steps }) => sum + 2 * steps, 0));
      expect(judgeCalls).toBe(candidates.filter(({ status }) => status === "finished").length);
      expect(judgements.map(({ candidate, step }) => [candidates[candidate]?.status, step])).toEqual(
        Array.from({ length: judgeCalls }, () => ["finished", 4]),
      );
    }
    expect(found.reduce((sum, { nfe }) => sum + nfe, 0)).toBe(sampler.nfe);
  });

  test("list forks and paths left open too", async () => {
    const forking: Strategy = {
      name: "forking",
      async search(context) {
        const path = context.open(3);
        await context.advance(path);
        const fork = context.fork(path, 4, 0.5);
        await runToEnd(context, fork);
        return { chosen: context.finish(fork), reason: "the fork" };
      },
    };
    const [outcome] = await outcomes(1, { sampler: new FakeSampler(), strategy: forking });
    expect(outcome?.candidates.map(({ status, steps }) => [status, steps])).toEqual([
      ["dropped", 1],
      ["finished", 4],
    ]);
    expect(outcome?.chosen).toBe(1);
    expect(outcome?.candidates[1]?.forks).toEqual([{ step: 1, remask: 0.5, seed: 4 }]);
  });

  test("refuse a chosen candidate that is not the search's own", async () => {
    const stranger: Strategy = {
      name: "stranger",
      search: async () => ({ chosen: { id: "x" } as Candidate, reason: "" }),
    };
    await expect(outcomes(1, { sampler: new FakeSampler(), strategy: stranger })).rejects.toThrow(
      "not its own",
    );
  });
});

describe("batches", () => {
  test("are full until the last tasks, with slots of dropped paths refilled", async () => {
    const sampler = new FakeSampler({ slots: 5 });
    await outcomes(30, { sampler, judge: new FakeJudge(scoreByFirstToken), strategy: cutting });
    const steps = sampler.nfe / 2;
    expect(sampler.batches.length - Math.ceil(steps / 5)).toBeLessThanOrEqual(4);
    expect(sampler.batches.slice(0, -8).every((size) => size === 5)).toBe(true);
  });

  test("never hold more than the slots, nor questions more than the judge's batch", async () => {
    const sampler = new FakeSampler({ slots: 3 });
    const judge = new FakeJudge(scoreByFirstToken, 2);
    await outcomes(6, { sampler, judge, strategy: bestOfN({ candidates: 7, seed: 1 }) });
    expect(Math.max(...sampler.batches)).toBe(3);
    expect(Math.max(...judge.batches)).toBe(2);
  });

  test("a few tasks are open at a time, however many there are", async () => {
    const sampler = new FakeSampler({ slots: 4 });
    let started = 0;
    const endless = (function* () {
      for (;;) yield { prompt: fakePrompt(`prompt ${started++}`), attempt: 0 };
    })();
    let taken = 0;
    let farthest = 0;
    for await (const _ of search(endless, { sampler, strategy: plain({ candidates: 2, seed: 1 }) })) {
      farthest = Math.max(farthest, started - taken);
      if (++taken === 300) break;
    }
    expect(farthest).toBeLessThanOrEqual(16);
    expect(sampler.openPaths.most).toBeLessThanOrEqual(8);
    expect(sampler.openPaths.now).toBe(0);
  });

  test("the caller's bound on tasks in flight holds", async () => {
    const sampler = new FakeSampler({ slots: 50 });
    await outcomes(20, { sampler, strategy: plain({ candidates: 2, seed: 1 }), maximumInFlight: 3 });
    expect(sampler.openPaths.most).toBe(6);
  });
});

describe("failures", () => {
  test("a strategy's error reaches the caller after the outcomes before it, and every path is closed", async () => {
    const sampler = new FakeSampler({ slots: 2 });
    const failing: Strategy = {
      name: "failing",
      async search(context) {
        const paths = candidateSeeds(1, context, 3).map((seed) => context.open(seed));
        const runs = paths.map((path) => runToEnd(context, path));
        if (context.prompt.text === "prompt 3") throw new Error("bad luck");
        await Promise.all(runs);
        return { chosen: context.finish(paths[0] as never), reason: "" };
      },
    };
    // The failing strategy leaves its runs behind; what it left behind must not fail the others.
    const strays: unknown[] = [];
    const onStray = (error: unknown) => strays.push(error);
    process.on("unhandledRejection", onStray);
    const seen: string[] = [];
    const run = async () => {
      for await (const { prompt } of search(tasks(9), { sampler, strategy: failing })) seen.push(prompt.text);
    };
    await expect(run()).rejects.toThrow("bad luck");
    await new Promise((resolve) => setImmediate(resolve));
    process.off("unhandledRejection", onStray);
    expect(seen).toEqual(["prompt 0", "prompt 1", "prompt 2"]);
    expect(sampler.openPaths.now).toBe(0);
    expect(strays.every((error) => error instanceof PathEnded)).toBe(true);
  });

  test("a sampler's error reaches the caller", async () => {
    let steps = 0;
    const sampler = new FakeSampler({
      beforeStep: () => {
        steps += 1;
        if (steps === 5) throw new Error("out of memory");
      },
    });
    await expect(outcomes(9, { sampler, strategy: plain({ candidates: 3, seed: 1 }) })).rejects.toThrow(
      "out of memory",
    );
    expect(sampler.openPaths.now).toBe(0);
  });

  test("asking without a judge says so", async () => {
    const options = { sampler: new FakeSampler(), strategy: bestOfN({ candidates: 2, seed: 1 }) };
    await expect(outcomes(1, options)).rejects.toThrow(
      "Search best-of-2 asks a judge about outcome, got no judge",
    );
  });

  test("a path dropped while it waits for a step gets no step", async () => {
    const impatient: Strategy = {
      name: "impatient",
      async search(context) {
        const path = context.open(1);
        const step = context.advance(path);
        const dropped = context.drop(path, "changed my mind");
        await expect(step).rejects.toThrow(PathEnded);
        await expect(context.advance(path)).rejects.toThrow(PathEnded);
        return { chosen: dropped, reason: "" };
      },
    };
    const sampler = new FakeSampler();
    const [outcome] = await outcomes(1, { sampler, strategy: impatient });
    expect(outcome?.candidates[0]).toMatchObject({ status: "dropped", reason: "changed my mind", steps: 0 });
    expect(sampler.nfe).toBe(0);
  });

  test("a path cannot be advanced twice at once", async () => {
    const hasty: Strategy = {
      name: "hasty",
      async search(context) {
        const path = context.open(1);
        await Promise.all([context.advance(path), context.advance(path)]);
        return { chosen: undefined, reason: "" };
      },
    };
    await expect(outcomes(1, { sampler: new FakeSampler(), strategy: hasty })).rejects.toThrow(
      "advancing already",
    );
  });
});

describe("stopping", () => {
  test("an abort ends the search between two batches with the signal's reason, and closes every path", async () => {
    const controller = new AbortController();
    let steps = 0;
    const sampler = new FakeSampler({
      beforeStep: () => {
        if (++steps === 6) controller.abort(new Error("Ctrl-C"));
      },
    });
    const strategy = plain({ candidates: 3, seed: 1 });
    await expect(outcomes(50, { sampler, strategy, signal: controller.signal })).rejects.toThrow("Ctrl-C");
    expect(sampler.batches.length).toBe(6);
    expect(sampler.openPaths.now).toBe(0);
  });

  test("an abort reaches strategies that wait for something of their own", async () => {
    const controller = new AbortController();
    const waiting: Strategy = {
      name: "waiting",
      search: async () =>
        new Promise((_, reject) =>
          controller.signal.addEventListener("abort", () => reject(new Error("own"))),
        ),
    };
    setTimeout(() => controller.abort(new Error("Ctrl-C")), 20);
    const options = { sampler: new FakeSampler(), strategy: waiting, signal: controller.signal };
    await expect(outcomes(2, options)).rejects.toThrow("Ctrl-C");
  });

  test("a signal aborted before the start runs nothing", async () => {
    const sampler = new FakeSampler();
    const signal = AbortSignal.abort(new Error("too late"));
    await expect(
      outcomes(2, { sampler, strategy: plain({ candidates: 1, seed: 1 }), signal }),
    ).rejects.toThrow("too late");
    expect(sampler.nfe).toBe(0);
  });

  test("strategies may wait for pixels", async () => {
    const looking: Strategy = {
      name: "looking",
      async search(context) {
        const path = context.open(1);
        await context.advance(path);
        const image = await context.preview(path);
        await new Promise((resolve) => setTimeout(resolve, 5));
        const { width } = await image.pixels();
        return { chosen: context.drop(path, "seen"), reason: `${width} pixels wide` };
      },
    };
    const found = await outcomes(3, { sampler: new FakeSampler(), strategy: looking });
    expect(found.map(({ reason }) => reason)).toEqual(Array(3).fill("4 pixels wide"));
  });
});
