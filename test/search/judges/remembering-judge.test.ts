import { describe, expect, it } from "vitest";
import type { JudgeItem } from "../../../src/records/seams.js";
import { rememberingJudge } from "../../../src/search/judges/remembering-judge.js";
import { FakeJudge, fakePrompt, scoreByFirstToken, scoreByHash } from "../../../src/testing.js";
import { strategiesUnder } from "../every-strategy.js";
import { searchAll } from "../run-search.js";

const prompt = fakePrompt("a star");
const pixels = () => Promise.reject(new Error("not looked at"));
const item = (first: number, more: Partial<JudgeItem["image"]> = {}): JudgeItem => ({
  prompt,
  image: { tokens: Uint16Array.of(first, 2, 3, 4), pixels, ...more },
});
const scored = (first: number) => ({ kind: "scored", score: first / 32 });

describe("a judge that remembers", () => {
  it("is asked once about each question, image and prompt, and answers in order", async () => {
    const inner = new FakeJudge(scoreByFirstToken);
    const judge = rememberingJudge(inner);
    expect(await judge.ask("outcome", [item(1), item(2), item(1)])).toEqual([1, 2, 1].map(scored));
    expect(await judge.ask("outcome", [item(3), item(2)])).toEqual([3, 2].map(scored));
    expect(inner.batches).toEqual([2, 1]);
    await judge.ask("clarity", [item(1)]);
    await judge.ask("outcome", [{ ...item(1), prompt: fakePrompt("a ring") }]);
    await judge.ask("outcome", [item(1, { settled: Uint8Array.of(1, 0, 1, 1) })]);
    await judge.ask("outcome", [item(1, { settled: Uint8Array.of(1, 1, 1, 1) })]);
    expect(inner.batches).toEqual([2, 1, 1, 1, 1, 1]);
  });

  it("asks again after a failure, and forgets what was not asked for longest", async () => {
    let broken = true;
    const inner = new FakeJudge((one) =>
      broken ? { kind: "failed", reason: "blind" } : scoreByFirstToken(one),
    );
    const judge = rememberingJudge(inner, 2);
    expect(await judge.ask("outcome", [item(1)])).toEqual([{ kind: "failed", reason: "blind" }]);
    broken = false;
    expect(await judge.ask("outcome", [item(1), item(2)])).toEqual([1, 2].map(scored));
    await judge.ask("outcome", [item(1)]);
    await judge.ask("outcome", [item(3)]);
    await judge.ask("outcome", [item(1)]);
    expect(inner.batches).toEqual([1, 2, 1]);
    await judge.ask("outcome", [item(2)]);
    expect(inner.batches).toEqual([1, 2, 1, 1]);
  });
});

describe("searches before a judge that remembers", () => {
  it.each(Object.entries(strategiesUnder({})))("come to the same: %s", async (_name, strategy) => {
    const plain = await searchAll(strategy, { count: 4 });
    const inner = new FakeJudge(scoreByHash);
    const judge = rememberingJudge(inner);
    expect(await searchAll(strategy, { count: 4, judge })).toEqual(plain);
    const asked = inner.batches.length;
    expect(asked).toBeGreaterThan(0);
    expect(await searchAll(strategy, { count: 4, judge })).toEqual(plain);
    expect(inner.batches).toHaveLength(asked);
  });
});
