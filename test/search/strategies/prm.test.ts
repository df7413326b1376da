import { expect, test } from "vitest";
import { bestOfN } from "../../../src/search/strategies/best-of-n.js";
import { type PrmOptions, prm } from "../../../src/search/strategies/prm.js";
import { FakeJudge, scoreByHash, withFaults } from "../../../src/testing.js";
import { EVALUATIONS, fakeSampler, STEPS, scoreOf, searchAll } from "../run-search.js";

const options: PrmOptions = { candidates: 5, seed: 3, question: "process" };
const N = options.candidates;

test("at each step N branches leave the state and the most confident is followed", async () => {
  const sampler = fakeSampler();
  const found = await searchAll(prm(options), { sampler });
  for (const outcome of found) {
    const { candidates, judgements, chosen, nfe, judgeCalls } = outcome;
    const followed = Array.from({ length: STEPS }, (_, index) => {
      const step = index + 1;
      const asked = judgements.filter((one) => one.step === step).map(({ candidate }) => candidate);
      expect(asked).toHaveLength(N);
      const scores = asked.map((candidate) => scoreOf(outcome, candidate, "process", step));
      return asked[scores.indexOf(Math.max(...scores))] as number;
    });
    expect(chosen).toBe(followed.at(-1));
    // Each state followed is a branch of the one before, or that path itself.
    for (const [index, candidate] of followed.entries()) {
      const forks = candidates[candidate]?.forks ?? [];
      const before = candidates[followed[index - 1] ?? candidate]?.forks ?? [];
      expect(forks.slice(0, before.length)).toEqual(before);
      expect(forks.every(({ step, remask }) => step < STEPS && remask === 0)).toBe(true);
    }
    expect(judgeCalls).toBe(N * STEPS);
    expect(nfe).toBe(N * STEPS * EVALUATIONS);
    expect(candidates.filter(({ status }) => status === "finished")).toEqual([candidates[chosen as number]]);
  }
  expect(found.reduce((sum, { nfe }) => sum + nfe, 0)).toBe(sampler.nfe);
});

test("its first branches are the paths of best-of-N", async () => {
  const [searched] = await searchAll(prm(options), { count: 1 });
  const [whole] = await searchAll(bestOfN(options), { count: 1 });
  const seeds = (given: typeof searched) => given?.candidates.slice(0, N).map(({ seed }) => seed);
  expect(seeds(searched)).toEqual(seeds(whole));
});

test("the question is the caller's", async () => {
  for (const question of ["outcome", "potential"] as const) {
    const [outcome] = await searchAll(prm({ ...options, question }), { count: 1 });
    expect(new Set(outcome?.judgements.map((one) => one.question))).toEqual(new Set([question]));
  }
});

test("a failed branch is never followed while another is scored, and the search goes on when all fail", async () => {
  const odd = withFaults(scoreByHash, ({ image }) => (image.tokens?.[0] as number) % 2 === 1);
  for (const { judgements, candidates, chosen } of await searchAll(prm(options), {
    judge: new FakeJudge(odd),
  })) {
    const last = judgements.filter(({ step }) => step === STEPS);
    const own = last.find(({ candidate }) => candidate === chosen);
    expect(own?.verdict.kind).toBe(
      last.some(({ verdict }) => verdict.kind === "scored") ? "scored" : "failed",
    );
    expect(candidates[chosen as number]?.status).toBe("finished");
  }
  const broken = new FakeJudge(() => ({ kind: "failed", reason: "injected" }));
  const [outcome] = await searchAll(prm(options), { count: 1, judge: broken });
  expect(outcome?.judgements.every(({ verdict }) => verdict.kind === "failed")).toBe(true);
  expect(outcome?.candidates[outcome.chosen as number]?.steps).toBe(STEPS);
});
