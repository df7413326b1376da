import { describe, expect, test } from "vitest";
import { committedShare } from "../../../src/decoding/schedule.js";
import { bestOfN } from "../../../src/search/strategies/best-of-n.js";
import { type ParmOptions, parm } from "../../../src/search/strategies/parm.js";
import type { SearchOutcome } from "../../../src/search/strategy.js";
import { FakeJudge, scoreByHash, withFaults } from "../../../src/testing.js";
import { askedAbout, EVALUATIONS, fakeSampler, STEPS, scoreOf, searchAll } from "../run-search.js";

const options: ParmOptions = { candidates: 10, seed: 3, clarity: 0.6, potential: 0.5 };
const N = options.candidates;

/** The step at which a candidate was asked for its potential; undefined when it never was clear. */
function clearStep(outcome: SearchOutcome, index: number): number | undefined {
  return outcome.judgements.find((one) => one.candidate === index && one.question === "potential")?.step;
}

describe("PARM", () => {
  test("asks for clarity until yes, for potential then, and for the outcome of what is kept", async () => {
    let [cut, kept] = [0, 0];
    for (const outcome of await searchAll(parm(options))) {
      expect(outcome.candidates).toHaveLength(N);
      for (const [index, { status, steps, reason }] of outcome.candidates.entries()) {
        const clear = clearStep(outcome, index);
        const clarity = Array.from({ length: clear ?? STEPS - 1 }, (_, step) => `clarity ${step + 1}`);
        const potential = clear === undefined ? [] : [`potential ${clear}`];
        const outcomes = status === "finished" ? [`outcome ${STEPS}`] : [];
        expect(askedAbout(outcome, index)).toEqual([...clarity, ...potential, ...outcomes]);
        for (let step = 1; step < (clear ?? STEPS); step++) {
          expect(scoreOf(outcome, index, "clarity", step)).toBeLessThan(options.clarity);
        }
        if (clear !== undefined)
          expect(scoreOf(outcome, index, "clarity", clear)).toBeGreaterThanOrEqual(0.6);
        if (status === "dropped") {
          const score = scoreOf(outcome, index, "potential");
          expect(score).toBeLessThan(options.potential);
          expect(reason).toBe(`potential ${score.toFixed(4)} is below 0.5 at step ${clear}`);
          expect(steps).toBe(clear);
          cut += 1;
        } else kept += 1;
      }
    }
    expect(cut).toBeGreaterThan(30);
    expect(kept).toBeGreaterThan(30);
  });

  test("asks nothing before its first step, and the rest as it would have", async () => {
    const early = await searchAll(parm(options));
    let later = 0;
    for (const [task, outcome] of (await searchAll(parm({ ...options, firstStep: 4 }))).entries()) {
      expect(outcome.judgements.every(({ step }) => step >= 4)).toBe(true);
      for (const index of outcome.candidates.keys()) {
        const [clear, before] = [clearStep(outcome, index), clearStep(early[task] as SearchOutcome, index)];
        const asked = outcome.judgements.filter(
          (one) => one.candidate === index && one.question === "clarity",
        );
        expect(asked).toHaveLength((clear ?? STEPS - 1) - 3);
        if (before === undefined || before >= 4) expect(clear).toBe(before);
        else later += 1;
      }
    }
    expect(later).toBeGreaterThan(30);
  });

  test("asks nothing before a share of the tokens is committed", async () => {
    const share = committedShare(3, STEPS);
    const [late, same] = [
      { ...options, clarityShare: share },
      { ...options, firstStep: 3 },
    ];
    const [byShare, byStep] = [await searchAll(parm(late)), await searchAll(parm(same))];
    expect(byShare.map(({ judgements }) => judgements)).toEqual(byStep.map(({ judgements }) => judgements));
    expect(byShare.some(({ judgements }) => judgements.some(({ step }) => step === 3))).toBe(true);
  });

  test("does not ask where the answer cannot have risen to yes since the last", async () => {
    const rise = 2;
    const always = await searchAll(parm(options));
    let [asked, skipped] = [0, 0];
    for (const [task, outcome] of (await searchAll(parm({ ...options, clarityRise: rise }))).entries()) {
      for (const index of outcome.candidates.keys()) {
        const own = (one: SearchOutcome) =>
          one.judgements.filter((each) => each.candidate === index && each.question === "clarity");
        const [first, ...rest] = own(outcome);
        expect(first?.step).toBe(1);
        let [before, wait] = [first?.step ?? 0, 0];
        for (const { step } of rest) {
          wait = (options.clarity - scoreOf(outcome, index, "clarity", before)) / rise;
          const since = (to: number) => committedShare(to, STEPS) - committedShare(before, STEPS);
          expect(since(step)).toBeGreaterThanOrEqual(wait - 1e-12);
          if (step > before + 1) expect(since(step - 1)).toBeLessThan(wait);
          skipped += step - before - 1;
          before = step;
        }
        asked += own(outcome).length;
        expect(own(outcome).length).toBeLessThanOrEqual(own(always[task] as SearchOutcome).length + STEPS);
      }
    }
    expect(asked).toBeGreaterThan(100);
    expect(skipped).toBeGreaterThan(30);
  });

  test("a first step that no path reaches before its end makes it best-of-N", async () => {
    const judge = new FakeJudge(scoreByHash);
    const never = await searchAll(parm({ ...options, firstStep: STEPS, budget: { judgeCalls: N } }), {
      judge,
    });
    const whole = await searchAll(bestOfN(options));
    expect(never.map(({ chosen, candidates }) => candidates[chosen as number]?.id)).toEqual(
      whole.map(({ chosen, candidates }) => candidates[chosen as number]?.id),
    );
    expect(never.every(({ judgeCalls }) => judgeCalls === N)).toBe(true);
  });

  test("chooses the best outcome among the N' that are left", async () => {
    for (const outcome of await searchAll(parm(options))) {
      const finished = [...outcome.candidates.keys()].filter(
        (index) => outcome.candidates[index]?.status === "finished",
      );
      const scores = finished.map((index) => scoreOf(outcome, index, "outcome"));
      expect(outcome.chosen).toBe(finished[scores.indexOf(Math.max(...scores))]);
    }
  });

  test("runs the paths of best-of-N and spends only what they ran, as the sampler counts", async () => {
    const sampler = fakeSampler();
    const found = await searchAll(parm(options), { sampler });
    const whole = await searchAll(bestOfN(options));
    expect(found.reduce((sum, { nfe }) => sum + nfe, 0)).toBe(sampler.nfe);
    for (const [index, { candidates, nfe }] of found.entries()) {
      expect(candidates.map(({ seed }) => seed)).toEqual(whole[index]?.candidates.map(({ seed }) => seed));
      expect(nfe).toBe(candidates.reduce((sum, { steps }) => sum + EVALUATIONS * steps, 0));
      for (const [at, candidate] of candidates.entries()) {
        const same = whole[index]?.candidates[at];
        if (candidate.status === "finished") expect(candidate).toEqual(same);
        else expect(candidate.id).not.toBe(same?.id);
      }
    }
    expect(sampler.nfe).toBeLessThan(0.8 * whole.reduce((sum, { nfe }) => sum + nfe, 0));
  });

  test("fills the slots of cut paths: every batch is full until the last tasks", async () => {
    const sampler = fakeSampler(5);
    await searchAll(parm({ ...options, candidates: 20 }), { count: 30, sampler });
    expect(sampler.batches.slice(0, -20).every((size) => size === 5)).toBe(true);
    expect(sampler.batches.length).toBeGreaterThan(200);
  });

  test("holds few cut paths: at most one a task waits for the N' = 0 rule", async () => {
    const sampler = fakeSampler(1);
    await searchAll(parm({ ...options, potential: 1 }), { count: 1, sampler });
    // All begin together; each is ended when it is cut, but for the one that waits.
    expect(sampler.openPaths).toEqual({ now: 0, most: N });
  });
});

describe("PARM when all are cut", () => {
  test("takes up the one of lowest P(no) where it was cut, and finishes it", async () => {
    const sampler = fakeSampler();
    const found = await searchAll(parm({ ...options, clarity: 0.2, potential: 1 }), { sampler });
    for (const outcome of found) {
      const finished = outcome.candidates.filter(({ status }) => status === "finished");
      const potentials = outcome.candidates.map((_, index) => scoreOf(outcome, index, "potential"));
      const best = potentials.indexOf(Math.max(...potentials));
      expect(finished).toEqual([outcome.candidates[best]]);
      expect(outcome.chosen).toBe(best);
      expect(outcome.candidates[best]?.nfe).toBe(STEPS * EVALUATIONS);
      expect(outcome.reason).toContain('cut: 10, of which the 1 of lowest P("no") was taken up again');
    }
    const [plain] = await searchAll(bestOfN(options), { count: 1 });
    const first = found[0] as SearchOutcome;
    expect(first.candidates[first.chosen as number]).toEqual(plain?.candidates[first.chosen as number]);
    expect(found.reduce((sum, { nfe }) => sum + nfe, 0)).toBe(sampler.nfe);
  });

  test("takes up as many as are missing of those that must reach their ends", async () => {
    const LEAST = 4;
    const [few, found] = await Promise.all(
      [1, LEAST].map((finishAtLeast) => searchAll(parm({ ...options, potential: 0.8, finishAtLeast }))),
    );
    let missing = 0;
    for (const [task, outcome] of (found ?? []).entries()) {
      const finished = (one: SearchOutcome | undefined) =>
        [...(one?.candidates.keys() ?? [])].filter((at) => one?.candidates[at]?.status === "finished");
      const survivors = [...outcome.candidates.keys()].filter(
        (at) => clearStep(outcome, at) === undefined || scoreOf(outcome, at, "potential") >= 0.8,
      );
      const cut = [...outcome.candidates.keys()]
        .filter((at) => !survivors.includes(at))
        .sort((one, other) => scoreOf(outcome, other, "potential") - scoreOf(outcome, one, "potential"));
      const takenUp = cut.slice(0, Math.max(0, LEAST - survivors.length));
      expect(finished(outcome)).toEqual([...survivors, ...takenUp].sort((one, other) => one - other));
      expect(outcome.judgeCalls).toBe(
        (few?.[task]?.judgeCalls ?? 0) + finished(outcome).length - finished(few?.[task]).length,
      );
      missing += takenUp.length;
    }
    expect(missing).toBeGreaterThan(20);
  });

  test("takes none up again when one of a wave is good enough to stop for", async () => {
    const budget = { confidence: 0.01 };
    for (const outcome of await searchAll(parm({ ...options, finishAtLeast: N, potential: 0.7, budget }))) {
      const survived = outcome.candidates.filter(
        (_, at) => clearStep(outcome, at) === undefined || scoreOf(outcome, at, "potential") >= 0.7,
      );
      const finished = outcome.candidates.filter(({ status }) => status === "finished");
      if (survived.length > 0) expect(finished).toEqual(survived);
    }
  });

  test("equal potentials are told apart by seed, not by who was cut first", async () => {
    const alike = new FakeJudge((item, question) =>
      question === "potential" ? { kind: "scored", score: 0.1 } : scoreByHash(item, question),
    );
    const few = await searchAll(parm(options), { judge: alike, sampler: fakeSampler(1) });
    const many = await searchAll(parm(options), { judge: alike, sampler: fakeSampler(32) });
    expect(many).toEqual(few);
  });
});

describe("PARM and a judge that fails", () => {
  test("a failed clarity is no yes, a failed potential no no, a failed outcome no score", async () => {
    for (const broken of ["clarity", "potential", "outcome"] as const) {
      const judge = new FakeJudge(withFaults(scoreByHash, (_, question) => question === broken));
      for (const outcome of await searchAll(parm(options), { judge })) {
        const { candidates, judgements, chosen } = outcome;
        const failed = judgements.filter(({ verdict }) => verdict.kind === "failed");
        expect(failed.length).toBeGreaterThan(0);
        expect(failed.every(({ question }) => question === broken)).toBe(true);
        if (broken !== "outcome") expect(candidates.every(({ status }) => status === "finished")).toBe(true);
        expect(chosen === undefined).toBe(broken === "outcome");
      }
    }
  });

  test("now and then goes on with the others, and the count is kept", async () => {
    const faults: number[] = [];
    const flaky = withFaults(scoreByHash, ({ image }) => (image.tokens?.[1] as number) % 8 === 0);
    const judge = new FakeJudge((item, question) => {
      const verdict = flaky(item, question);
      if (verdict.kind === "failed") faults.push(0);
      return verdict;
    });
    const found = await searchAll(parm(options), { judge });
    const failed = found.flatMap(({ judgements }) =>
      judgements.filter(({ verdict }) => verdict.kind === "failed"),
    );
    expect(failed.length).toBe(faults.length);
    expect(failed.length).toBeGreaterThan(10);
    expect(found.every(({ chosen }) => chosen !== undefined)).toBe(true);
    for (const { chosen, judgements } of found) {
      const outcome = judgements.find((one) => one.candidate === chosen && one.question === "outcome");
      expect(outcome?.verdict.kind).toBe("scored");
    }
  });
});
