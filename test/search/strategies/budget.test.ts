import { describe, expect, test } from "vitest";
import { ConfigError } from "../../../src/errors.js";
import type { Judge } from "../../../src/records/seams.js";
import { bestOfN } from "../../../src/search/strategies/best-of-n.js";
import { type Budget, waves } from "../../../src/search/strategies/budget.js";
import type { SearchContext, Strategy } from "../../../src/search/strategy.js";
import { FakeJudge, fake, scoreByHash } from "../../../src/testing.js";
import { strategiesUnder } from "../every-strategy.js";
import { EVALUATIONS, fakeSampler, STEPS, searchAll } from "../run-search.js";

const PATH = STEPS * EVALUATIONS;

describe("every strategy", () => {
  const few = (budget: Budget) => Object.entries(strategiesUnder(budget));

  test.each(few({ nfe: 3.5 * PATH }))("%s keeps to its function evaluations", async (_, strategy) => {
    const sampler = fakeSampler();
    const found = await searchAll(strategy, { sampler });
    const nfe = found.map((outcome) => outcome.nfe);
    expect(Math.max(...nfe)).toBeLessThanOrEqual(3.5 * PATH);
    expect(Math.max(...nfe)).toBeGreaterThan(PATH);
    expect(nfe.reduce((sum, one) => sum + one, 0)).toBe(sampler.nfe);
    expect(found.every(({ chosen }) => chosen !== undefined)).toBe(true);
  });

  test.each(few({ judgeCalls: 21 }))("%s keeps to its judge calls", async (_, strategy) => {
    const judge = new FakeJudge(scoreByHash);
    const found = await searchAll(strategy, { judge });
    const calls = found.map(({ judgeCalls }) => judgeCalls);
    expect(Math.max(...calls)).toBeLessThanOrEqual(21);
    expect(calls.reduce((sum, one) => sum + one, 0)).toBe(judge.batches.reduce((sum, one) => sum + one, 0));
    expect(found.every(({ chosen }) => chosen !== undefined)).toBe(true);
  });

  test.each(few({ confidence: 0.6 }))(
    "%s stops early when the judge is confident",
    async (name, strategy) => {
      const cost = async (searched: Strategy) =>
        (await searchAll(searched)).reduce((sum, outcome) => sum + outcome.judgeCalls, 0);
      const unlimited = strategiesUnder({})[name as keyof ReturnType<typeof strategiesUnder>] as Strategy;
      expect(await cost(strategy)).toBeLessThan(0.9 * (await cost(unlimited)));
    },
  );
});

test("a search that stops early chose a good enough image or ran all its paths", async () => {
  const found = await searchAll(bestOfN({ candidates: 10, seed: 3, budget: { confidence: 0.8, atOnce: 3 } }));
  const lengths = new Set<number>();
  for (const { candidates, judgements, chosen } of found) {
    lengths.add(candidates.length);
    const { verdict } = judgements.find(
      ({ candidate }) => candidate === chosen,
    ) as (typeof judgements)[number];
    if (candidates.length < 10) expect(verdict.kind === "scored" && verdict.score >= 0.8).toBe(true);
    expect([3, 6, 9, 10]).toContain(candidates.length);
  }
  expect(lengths.size).toBeGreaterThan(1);
});

test("waves take what cheaper paths left over, and keep back what is reserved", () => {
  const spent = { nfe: 0, judgeCalls: 0 };
  const context = fake<SearchContext>("context", { spent, steps: 8 });
  const worst = { nfe: 16, judgeCalls: 1 };
  let reserved = 0;
  const taken: number[][] = [];
  const budget = { nfe: 100 };
  for (const wave of waves(context, {
    candidates: 20,
    budget,
    worst,
    reserved: () => ({ nfe: reserved, judgeCalls: 0 }),
  })) {
    taken.push(wave);
    // Each path cost half of its worst.
    spent.nfe += wave.length * 8;
    if (taken.length === 2) reserved = 20;
  }
  // 100 bear 6; 52 left bear 3; of the 28 left 20 are kept back.
  expect(taken).toEqual([
    [0, 1, 2, 3, 4, 5],
    [6, 7, 8],
  ]);
});

test("a budget that bears not one path is refused before the first is opened", async () => {
  const sampler = fakeSampler();
  for (const [budget, least] of [
    [{ nfe: 15 }, 'Expected "budget.nfe" to be at least 16, what one path of 8 steps can take, got 15.'],
    [{ judgeCalls: 0 }, 'Expected "budget.judgeCalls" to be at least 1'],
  ] as const) {
    const searching = searchAll(bestOfN({ candidates: 4, seed: 1, budget }), { sampler });
    await expect(searching).rejects.toThrow(ConfigError);
    await expect(searching).rejects.toThrow(least);
  }
  expect(sampler.nfe).toBe(0);
});

test("a judge that cannot answer is refused before the first path is opened", async () => {
  const sampler = fakeSampler();
  const judge = fake<Judge>("judge", { identity: "0123456789abcdef", questions: ["outcome", "clarity"] });
  const { parm, parmPlusPlus, prm, overPaths } = strategiesUnder({});
  for (const strategy of [parm, parmPlusPlus, prm, overPaths]) {
    const searching = searchAll(strategy, { sampler, judge });
    await expect(searching).rejects.toThrow(ConfigError);
    await expect(searching).rejects.toThrow(/judge 0123456789ab answers outcome and clarity, not \w+/);
  }
  expect(sampler.openPaths.most).toBe(0);
});
