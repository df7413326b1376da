import { describe, expect, test } from "vitest";
import type { Verdict } from "../../src/records/verdict.js";
import { search } from "../../src/search/scheduling/scheduler.js";
import { candidateSeed, candidateSeeds } from "../../src/search/seeds.js";
import { bestOfN } from "../../src/search/strategies/best-of-n.js";
import { plain } from "../../src/search/strategies/plain.js";
import { attempts, type SearchOutcome, type Strategy } from "../../src/search/strategy.js";
import { FakeJudge, FakeSampler, fakePrompt, scoreByFirstToken } from "../../src/testing.js";

const task = { prompt: fakePrompt("a ring"), attempt: 0 };

async function one(strategy: Strategy, judge?: FakeJudge): Promise<SearchOutcome> {
  for await (const outcome of search([task], {
    sampler: new FakeSampler(),
    strategy,
    ...(judge ? { judge } : {}),
  })) {
    return outcome;
  }
  throw new Error("no outcome");
}

test("plain sampling keeps all candidates and chooses the first", async () => {
  const outcome = await one(plain({ candidates: 3, seed: 5 }));
  expect(outcome.candidates.map(({ seed }) => seed)).toEqual(candidateSeeds(5, task, 3));
  expect(outcome.candidates.every(({ status }) => status === "finished")).toBe(true);
  expect(outcome).toMatchObject({ chosen: 0, judgeCalls: 0, nfe: 3 * 4 * 2 });
});

describe("best of N", () => {
  test("chooses the highest score, from the candidates that plain sampling gives", async () => {
    const sampled = await one(plain({ candidates: 6, seed: 5 }));
    const outcome = await one(bestOfN({ candidates: 6, seed: 5 }), new FakeJudge(scoreByFirstToken));
    expect(outcome.candidates).toEqual(sampled.candidates);
    const scores = outcome.candidates.map(({ tokens }) => tokens[0] as number);
    expect(new Set(scores).size).toBeGreaterThan(1);
    expect(outcome.chosen).toBe(scores.indexOf(Math.max(...scores)));
    expect(outcome.judgeCalls).toBe(6);
  });

  test("a failed image never wins and is counted, whatever its place", async () => {
    const best = (await one(bestOfN({ candidates: 6, seed: 5 }), new FakeJudge(scoreByFirstToken))).chosen;
    const seen: number[] = [];
    const faulty = new FakeJudge((item): Verdict => {
      const index = seen.push(0) - 1;
      return index === best ? { kind: "failed", reason: "injected" } : scoreByFirstToken(item);
    }, 100);
    const outcome = await one(bestOfN({ candidates: 6, seed: 5 }), faulty);
    expect(outcome.judgements.filter(({ verdict }) => verdict.kind === "failed").length).toBe(1);
    expect(outcome.chosen).not.toBe(best);
    expect(outcome.reason).toContain("5 scored among 6");
  });

  test("when the judge fails on all, nothing is chosen and the outcome says so", async () => {
    const broken = new FakeJudge(() => ({ kind: "failed", reason: "broken" }));
    const outcome = await one(bestOfN({ candidates: 3, seed: 5 }), broken);
    expect(outcome.chosen).toBeUndefined();
    expect(outcome.reason).toBe("none: the judge scored 0 of 3 candidates");
    expect(outcome.candidates.length).toBe(3);
  });
});

test("seeds are unsigned 32-bit and depend on base seed, prompt, attempt and index", () => {
  const seed = candidateSeed(1, task, 0);
  expect(Number.isInteger(seed) && seed >= 0 && seed <= 0xffffffff).toBe(true);
  const others = [
    candidateSeed(2, task, 0),
    candidateSeed(1, { ...task, prompt: fakePrompt("a star") }, 0),
    candidateSeed(1, { ...task, attempt: 1 }, 0),
    candidateSeed(1, task, 1),
  ];
  expect(new Set([seed, ...others]).size).toBe(5);
});

test("attempts repeat each prompt", () => {
  const all = [...attempts([fakePrompt("a"), fakePrompt("b")], 2)];
  expect(all.map(({ prompt, attempt }) => `${prompt.text}${attempt}`)).toEqual(["a0", "a1", "b0", "b1"]);
});
