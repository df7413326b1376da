import { expect, test } from "vitest";
import { REASONS } from "../../../src/records/reasons.js";
import { parm } from "../../../src/search/strategies/parm.js";
import { type ParmPlusPlusOptions, parmPlusPlus } from "../../../src/search/strategies/parm-plus-plus.js";
import type { SearchOutcome } from "../../../src/search/strategy.js";
import { FakeJudge, scoreByHash } from "../../../src/testing.js";
import { fakeSampler, scoreOf, searchAll } from "../run-search.js";

const options: ParmPlusPlusOptions = {
  ...{ candidates: 4, seed: 3, clarity: 0.6, potential: 0.5 },
  ...{ reflection: 0.7, reflections: 3 },
};

/** A judge whose reflections name a reason when they say no. */
const judge = () =>
  new FakeJudge((item, question) => {
    const verdict = scoreByHash(item, question);
    if (question !== "reflection" || verdict.kind !== "scored") return verdict;
    return {
      ...verdict,
      reasons: [REASONS[(item.image.tokens?.[0] as number) % REASONS.length] as "first missing"],
    };
  });

const reflections = ({ judgements }: SearchOutcome) =>
  judgements.filter(({ question }) => question === "reflection");

test("corrects the chosen image with the reasons until it is approved", async () => {
  const sampler = fakeSampler();
  const found = await searchAll(parmPlusPlus(options), { judge: judge(), sampler, count: 30 });
  const lengths = new Map<number, number>();
  for (const outcome of found) {
    const { candidates, chosen } = outcome;
    const asked = reflections(outcome).sort((one, other) => one.candidate - other.candidate);
    const rounds = candidates.length / options.candidates;
    lengths.set(rounds, (lengths.get(rounds) ?? 0) + 1);
    for (const [round, { candidate, verdict }] of asked.entries()) {
      expect(Math.floor(candidate / 4)).toBe(round);
      if (verdict.kind !== "scored") throw new Error("the fake scores all");
      const next = candidates.slice((round + 1) * 4, (round + 2) * 4);
      if (verdict.score >= 0.7) {
        expect(next).toEqual([]);
        expect(chosen).toBe(candidate);
        expect(outcome.reason).toContain(`approved by reflection ${round + 1}`);
        continue;
      }
      const from = { tokens: Array.from(candidates[candidate]?.tokens ?? []), reasons: verdict.reasons };
      expect(next.map(({ correction }) => correction)).toEqual([from, from, from, from]);
    }
  }
  expect([...lengths.keys()].sort()).toEqual([1, 2, 3, 4]);
  expect(found.reduce((sum, { nfe }) => sum + nfe, 0)).toBe(sampler.nfe);
});

test("without approval takes the round whose choice has the best outcome", async () => {
  for (const outcome of await searchAll(parmPlusPlus({ ...options, reflection: 1 }), { judge: judge() })) {
    const { candidates, judgements, chosen } = outcome;
    expect(reflections(outcome)).toHaveLength(3);
    expect(candidates).toHaveLength(16);
    const scored = judgements
      .filter(({ question }) => question === "outcome")
      .map(({ candidate }) => candidate);
    const scores = scored.map((candidate) => scoreOf(outcome, candidate, "outcome"));
    expect(chosen).toBe(scored[scores.indexOf(Math.max(...scores))]);
  }
});

test("with no reflections it is PARM", async () => {
  const alone = await searchAll(parmPlusPlus({ ...options, reflections: 0 }));
  const same = await searchAll(parm(options));
  expect(alone.map(({ candidates, chosen }) => [candidates, chosen])).toEqual(
    same.map(({ candidates, chosen }) => [candidates, chosen]),
  );
});

test("a reflection that fails is counted and ends with PARM's choice", async () => {
  const mute = new FakeJudge((item, question) =>
    question === "reflection" ? { kind: "failed", reason: "injected" } : scoreByHash(item, question),
  );
  const found = await searchAll(parmPlusPlus(options), { judge: mute });
  const same = await searchAll(parm(options));
  expect(found.map(({ chosen }) => chosen)).toEqual(same.map(({ chosen }) => chosen));
  for (const outcome of found) {
    expect(reflections(outcome).map(({ verdict }) => verdict)).toEqual([
      { kind: "failed", reason: "injected" },
    ]);
    expect(outcome.reason).toContain("failed: injected");
  }
});
