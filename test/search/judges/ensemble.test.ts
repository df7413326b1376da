import { describe, expect, test } from "vitest";
import type { Verdict } from "../../../src/records/verdict.js";
import { ensembleJudge } from "../../../src/search/judges/ensemble.js";
import { bestOfN } from "../../../src/search/strategies/best-of-n.js";
import { FakeJudge, fake, fakePrompt, scoreByFirstToken, scoreByHash } from "../../../src/testing.js";
import { searchAll } from "../run-search.js";

const items = [0, 16].map((token) => ({
  prompt: fakePrompt("a ring"),
  image: { tokens: Uint16Array.of(token), pixels: () => Promise.reject(new Error("not needed")) },
}));
const half = new FakeJudge(() => ({ kind: "scored", score: 0.5, reasons: ["first missing"] }), 3);
const first = new FakeJudge(scoreByFirstToken, 8);

describe("an ensemble", () => {
  test("scores the mean, with the reasons of all; by rank it carries every opinion", async () => {
    const mean = ensembleJudge([first, half], "mean");
    const reasons = ["first missing"];
    expect(await mean.ask("outcome", items)).toEqual([
      { kind: "scored", score: 0.25, reasons },
      { kind: "scored", score: 0.5, reasons },
    ]);
    const rank = ensembleJudge([first, half], "rank");
    expect(await rank.ask("outcome", items)).toMatchObject([
      { opinions: [0, 0.5] },
      { opinions: [0.5, 0.5] },
    ]);
    expect(mean.batch).toBe(3);
    expect(
      new Set([mean, rank, ensembleJudge([first, half], "rank")].map(({ identity }) => identity)).size,
    ).toBe(2);
  });

  test("answers what all of its judges answer", () => {
    const only = fake<FakeJudge>("judge", { identity: "only", questions: ["outcome"], batch: 1 } as never);
    expect(ensembleJudge([first, only], "mean").questions).toEqual(["outcome"]);
  });

  test("fails where one of them fails, and says which", async () => {
    const failing = new FakeJudge(
      ({ image }): Verdict =>
        image.tokens?.[0] === 0 ? { kind: "failed", reason: "injected" } : { kind: "scored", score: 1 },
    );
    const verdicts = await ensembleJudge([half, failing], "mean").ask("outcome", items);
    expect(verdicts).toMatchObject([
      { kind: "failed", reason: "judge fake-judge: injected" },
      { score: 0.75 },
    ]);
  });
});

test("by rank the scale of a judge does not matter", async () => {
  const tiny = new FakeJudge((item, question) => {
    const verdict = scoreByHash(item, question);
    return verdict.kind === "scored" ? { ...verdict, score: verdict.score ** 4 / 1000 } : verdict;
  });
  const chosen = async (judges: FakeJudge[], rule: "mean" | "rank") => {
    const judge = ensembleJudge(judges, rule);
    const found = await searchAll(bestOfN({ candidates: 8, seed: 3 }), { judge });
    return found.map((outcome) => outcome.chosen);
  };
  const plain = new FakeJudge(scoreByHash);
  expect(await chosen([first, tiny], "rank")).toEqual(await chosen([first, plain], "rank"));
  expect(await chosen([first, tiny], "mean")).not.toEqual(await chosen([first, plain], "mean"));
  expect(await chosen([first, first], "rank")).toEqual(await chosen([first, first], "mean"));
});
