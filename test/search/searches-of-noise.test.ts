import { describe, expect, test } from "vitest";
import { bestOfN } from "../../src/search/strategies/best-of-n.js";
import { overPaths } from "../../src/search/strategies/over-paths.js";
import { randomSearch } from "../../src/search/strategies/random-search.js";
import { zeroOrder } from "../../src/search/strategies/zero-order.js";
import type { SearchOutcome } from "../../src/search/strategy.js";
import { FakeJudge } from "../../src/testing.js";
import { EVALUATIONS, fakeSampler, STEPS, scoreOf, searchAll } from "./run-search.js";

const shared = { candidates: 9, seed: 3 };

test("random search is best-of-N under its own name", async () => {
  const strategy = randomSearch(shared);
  expect(strategy.name).toBe("random-9");
  expect(await searchAll(strategy)).toEqual(await searchAll(bestOfN(shared)));
});

describe("zero-order search", () => {
  const strategy = zeroOrder({ ...shared, neighbours: 4, remask: 0.5 });

  test("tries neighbourhoods of the best image so far and moves to the best", async () => {
    const sampler = fakeSampler();
    const found = await searchAll(strategy, { sampler });
    let moves = 0;
    for (const outcome of found) {
      const { candidates, chosen } = outcome;
      expect(candidates).toHaveLength(9);
      const scores = candidates.map((_, index) => scoreOf(outcome, index, "outcome"));
      const bestOf = (count: number) => scores.indexOf(Math.max(...scores.slice(0, count)));
      for (const [index, candidate] of candidates.entries()) {
        const pivot = candidates[bestOf(index <= 4 ? 1 : 5)];
        expect(candidate.status).toBe("finished");
        expect(candidate.forks?.slice(0, -1)).toEqual(index === 0 ? undefined : (pivot?.forks ?? []));
        if (index > 0) expect(candidate.forks?.at(-1)).toMatchObject({ step: STEPS, remask: 0.5 });
      }
      if (bestOf(5) > 0) moves += 1;
      expect(chosen).toBe(bestOf(9));
    }
    expect(moves).toBeGreaterThan(3);
    expect(found.reduce((sum, { nfe }) => sum + nfe, 0)).toBe(sampler.nfe);
  });

  test("a neighbour costs only the steps that draw its masked tokens, and keeps the others", async () => {
    for (const { candidates } of await searchAll(strategy)) {
      for (const { nfe } of candidates.slice(1)) expect(nfe).toBeLessThan(STEPS * EVALUATIONS);
      const [pivot, ...neighbours] = candidates.slice(0, 5).map(({ tokens }) => tokens);
      for (const tokens of neighbours) {
        const kept = [...tokens].filter((token, position) => token === pivot?.[position]).length;
        expect(kept).toBeGreaterThanOrEqual(tokens.length / 2);
      }
    }
  });
});

describe("search over paths", () => {
  const strategy = overPaths({ ...shared, question: "process", keep: 3, remask: 0.5, every: 3 });

  /** Candidates asked midway in the selection at `step`: in the first one exactly then, later forks may stand there too. */
  function selection(outcome: SearchOutcome, step: number) {
    const asked = outcome.judgements.filter((one) => one.question === "process" && one.step === step);
    return asked.map(({ candidate, verdict }) => ({
      candidate,
      score: verdict.kind === "scored" ? verdict.score : -1,
    }));
  }

  test("keeps the best states, and goes on from them and from masked copies of them", async () => {
    const sampler = fakeSampler();
    const found = await searchAll(strategy, { sampler });
    for (const outcome of found) {
      const { candidates, chosen } = outcome;
      const first = selection(outcome, 3);
      expect(first).toHaveLength(9);
      const kept = [...first].sort((one, other) => other.score - one.score).slice(0, 3);
      const dropped = first.filter((one) => !kept.includes(one)).map(({ candidate }) => candidate);
      for (const candidate of dropped) {
        expect(candidates[candidate]).toMatchObject({ status: "dropped", steps: 3 });
      }
      const copies = candidates.slice(9, 15);
      const origins = copies.map(({ seed }) => seed);
      expect(origins).toEqual(
        [0, 1, 2, 0, 1, 2].map((at) => candidates[(kept[at] as (typeof kept)[number]).candidate]?.seed),
      );
      expect(copies.every(({ forks }) => forks?.[0]?.step === 3 && forks[0].remask === 0.5)).toBe(true);
      const finals = [...candidates.keys()].filter((index) => candidates[index]?.status === "finished");
      expect(finals).toHaveLength(9);
      const scores = finals.map((index) => scoreOf(outcome, index, "outcome"));
      expect(chosen).toBe(finals[scores.indexOf(Math.max(...scores))]);
    }
    expect(found.reduce((sum, { nfe }) => sum + nfe, 0)).toBe(sampler.nfe);
  });

  test("never keeps a state whose verdict failed, unless all failed", async () => {
    const judge = new FakeJudge(({ image }, question) =>
      question === "process" && (image.tokens?.[0] as number) % 3 !== 0
        ? { kind: "failed", reason: "injected" }
        : { kind: "scored", score: 0.5 },
    );
    for (const { judgements, candidates, chosen } of await searchAll(strategy, { judge })) {
      const first = judgements.filter((one) => one.question === "process").slice(0, 9);
      const anyScored = first.some(({ verdict }) => verdict.kind === "scored");
      for (const { candidate, verdict, step } of first.filter((one) => one.step === 3)) {
        if (anyScored && verdict.kind === "failed") {
          expect(candidates[candidate]).toMatchObject({ status: "dropped", steps: step });
        }
      }
      expect(chosen).toBeDefined();
    }
  });
});
