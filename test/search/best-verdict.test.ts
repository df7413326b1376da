import { expect, test } from "vitest";
import type { Verdict } from "../../src/records/verdict.js";
import { bestVerdict, isNo, isYes, ranking } from "../../src/search/best-verdict.js";

const score = (value: number): Verdict => ({ kind: "scored", score: value });
const failed: Verdict = { kind: "failed", reason: "" };

test("the best verdict is the first of the highest scores", () => {
  expect(bestVerdict([score(0.2), { kind: "not-ready" }, score(0.7), score(0.7)])).toBe(2);
  expect(bestVerdict([failed, score(0)])).toBe(1);
  expect(bestVerdict([failed])).toBeUndefined();
  expect(bestVerdict([])).toBeUndefined();
  expect(ranking([score(0.2), failed, score(0.7), score(0.1), score(0.7)])).toEqual([2, 4, 0, 3]);
});

test("opinions are compared by the ranks each judge gives, worked by hand", () => {
  const opinions = (...given: number[]): Verdict => ({ kind: "scored", score: 0, opinions: given });
  // Ranks of the first judge: 0, 1, 2; of the second: 1.5, 1.5, 0; so 1.5, 2.5 and 2 in all.
  expect(ranking([opinions(0.1, 0.8), failed, opinions(0.2, 0.8), opinions(0.9, 0.3)])).toEqual([2, 3, 0]);
});

test("neither yes nor no is a failed or early verdict", () => {
  expect([isYes(score(0.5), 0.5), isNo(score(0.5), 0.5)]).toEqual([true, false]);
  expect([isYes(score(0.49), 0.5), isNo(score(0.49), 0.5)]).toEqual([false, true]);
  for (const verdict of [failed, { kind: "not-ready" } as const]) {
    expect([isYes(verdict, 0), isNo(verdict, 1)]).toEqual([false, false]);
  }
});
