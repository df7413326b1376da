import { describe, expect, it } from "vitest";
import { VerifierError } from "../../../src/errors.js";
import type { Verdict } from "../../../src/records/verdict.js";
import type { StagePlace } from "../../../src/stages/running/stage-place.js";
import { scoreCandidates } from "../../../src/stages/scores/score-candidates.js";
import { FakeJudge, scoreByFirstToken } from "../../../src/testing.js";
import { benchOn, openBench, sampled, starPrompts } from "../stage-place.js";

const failed: Verdict = { kind: "failed", reason: "cannot see" };

describe("scoreCandidates", () => {
  it("keeps one verdict of each candidate, by the judge and step", async () => {
    const bench = openBench();
    const candidates = await sampled(bench, starPrompts(3), 4);
    const judge = new FakeJudge(scoreByFirstToken);
    const params = { ...bench, candidates, judge, failedVerdicts: 0 };
    const stage = await scoreCandidates(bench.place, params);
    expect(stage.summary).toMatchObject({ scored: 12, failed: 0 });
    for (const { id, steps, file, row } of bench.store.candidates.iterate(candidates.id)) {
      const { tokens } = await bench.files.read({ file, row });
      expect(bench.store.verdicts.ofCandidate(id)).toEqual([
        {
          candidateId: id,
          judge: "fake-judge",
          question: "outcome",
          step: steps,
          verdict: { kind: "scored", score: (tokens[0] as number) / 32 },
        },
      ]);
    }
  });

  it("asks again only about what the ledger has no verdict of", async () => {
    const bench = openBench();
    const prompts = starPrompts(3);
    const judge = new FakeJudge((item) =>
      item.prompt.text.includes("2") ? failed : scoreByFirstToken(item),
    );
    const score = async (place: StagePlace) => {
      const candidates = await sampled({ ...bench, place }, prompts, 4);
      return scoreCandidates(place, { ...bench, candidates, judge, failedVerdicts: 1 });
    };
    await score(bench.place);
    const asked = judge.batches.reduce((sum, size) => sum + size, 0);
    expect(asked).toBe(12);
    const again = await score(benchOn(bench.store, "again").place);
    expect(again.summary).toMatchObject({ scored: 8, failed: 4 });
    expect(judge.batches.reduce((sum, size) => sum + size, 0) - asked).toBe(4);
  });

  it("stores and counts failures, and never gives them a score", async () => {
    const bench = openBench();
    const candidates = await sampled(bench, starPrompts(4), 4);
    const judge = new FakeJudge((item) =>
      item.prompt.text.includes("2") ? failed : scoreByFirstToken(item),
    );
    const stage = await scoreCandidates(bench.place, { ...bench, candidates, judge, failedVerdicts: 0.5 });
    expect(stage.summary).toMatchObject({ scored: 12, failed: 4 });
    const groups = [...bench.store.candidates.byPrompt(candidates.id, "fake-judge")];
    const broken = groups.find(({ prompt }) => prompt.text.includes("2"));
    expect(broken?.candidates.map(({ verdict }) => verdict)).toEqual([failed, failed, failed, failed]);
  });

  it("stops when too many fail, with the first reason", async () => {
    const bench = openBench();
    const candidates = await sampled(bench, starPrompts(2), 4);
    const judge = new FakeJudge((item) =>
      item.prompt.text.includes("1") ? failed : scoreByFirstToken(item),
    );
    const scoring = scoreCandidates(bench.place, { ...bench, candidates, judge, failedVerdicts: 0.4 });
    await expect(scoring).rejects.toThrow(VerifierError);
    await expect(scoring).rejects.toThrow(
      /failed on 4 of 8 images \(allowed: 40%, .*first failure: cannot see/,
    );
  });
});
