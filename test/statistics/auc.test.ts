import { expect, test } from "vitest";
import { auc, withinPromptAuc } from "../../src/statistics/auc.js";

function ranked(promptId: string, correct: number[], wrong: number[]) {
  return [
    ...correct.map((score) => ({ promptId, score, correct: true })),
    ...wrong.map((score) => ({ promptId, score, correct: false })),
  ];
}

test("three of four pairs ranked rightly is 0.75; a tie counts half", () => {
  expect(auc(ranked("a", [0.9, 0.4], [0.5, 0.1]))).toBe(0.75);
  expect(auc(ranked("a", [0.5], [0.5, 0.1]))).toBe(0.75);
  expect(auc(ranked("a", [0.1], [0.9]))).toBe(0);
});

test("one outcome alone has no AUC", () => {
  expect(auc(ranked("a", [0.3, 0.4], []))).toBeNaN();
  expect(withinPromptAuc(ranked("a", [0.3], [])).mean).toBeNaN();
});

test("within prompts, difficulty read off the prompt earns nothing", () => {
  const easy = ranked("easy", [0.9, 0.9], [0.9]);
  const hard = ranked("hard", [0.1], [0.1, 0.1]);
  expect(auc([...easy, ...hard])).toBeCloseTo((2 * 2 + 2 * 0.5 + 0 + 2 * 0.5) / 9, 12);
  expect(withinPromptAuc([...easy, ...hard]).mean).toBe(0.5);
});

test("the mean weighs prompts alike, the other one by their pairs; one-sided prompts are left out", () => {
  const items = [
    ...ranked("a", [0.9], [0.1]),
    ...ranked("b", [0.1, 0.2], [0.5, 0.6]),
    ...ranked("c", [0.1], []),
  ];
  expect(withinPromptAuc(items)).toEqual({ mean: 0.5, pairsWeighted: 1 / 5, prompts: 2, pairs: 5 });
});
