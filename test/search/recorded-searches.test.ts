import { expect, test } from "vitest";
import { askEverything, Recording } from "../../src/search/recorded-searches.js";
import { bestOfN } from "../../src/search/strategies/best-of-n.js";
import { parm } from "../../src/search/strategies/parm.js";
import { EVALUATIONS, fakeSampler, searchAll } from "./run-search.js";

const CANDIDATES = 6;
const SEED = 3;

test("strategies choose, cut and cost the same on recorded verdicts as on the models", async () => {
  const recorded = await searchAll(askEverything(CANDIDATES, SEED));
  const recording = new Recording(recorded, fakeSampler().settings, EVALUATIONS);
  let cut = 0;
  for (const strategy of [
    bestOfN({ candidates: CANDIDATES, seed: SEED }),
    parm({ candidates: CANDIDATES, seed: SEED, clarity: 0.6, potential: 0.5 }),
    parm({ candidates: CANDIDATES, seed: SEED, clarity: 0.2, potential: 0.9, firstStep: 3 }),
  ]) {
    const real = await searchAll(strategy);
    const replayed = await searchAll(strategy, { sampler: recording.sampler(), judge: recording.judge() });
    for (const [index, one] of replayed.entries()) {
      const other = real[index];
      expect(one).toMatchObject({ nfe: other?.nfe, judgeCalls: other?.judgeCalls, chosen: other?.chosen });
      expect(one.judgements).toEqual(other?.judgements);
      expect(one.candidates.map(({ seed, steps, status }) => [seed, steps, status])).toEqual(
        other?.candidates.map(({ seed, steps, status }) => [seed, steps, status]),
      );
      cut += one.candidates.filter(({ status }) => status === "dropped").length;
    }
  }
  expect(cut).toBeGreaterThan(50);
});

test("what was not recorded is refused", async () => {
  const recording = new Recording(
    await searchAll(askEverything(2, SEED), { count: 1 }),
    fakeSampler().settings,
    EVALUATIONS,
  );
  const more = searchAll(bestOfN({ candidates: 3, seed: SEED }), {
    ...{ count: 1, sampler: recording.sampler(), judge: recording.judge() },
  });
  await expect(more).rejects.toThrow("was not recorded");
});
