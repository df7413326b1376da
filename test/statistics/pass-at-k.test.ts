import { expect, test } from "vitest";
import { meanPassAtK, passAtK } from "../../src/statistics/pass-at-k.js";

test("2 right of 4, two draws: 1 - C(2,2) / C(4,2) = 5/6", () => {
  expect(passAtK(4, 2, 2)).toBeCloseTo(5 / 6, 12);
  expect(passAtK(4, 2, 1)).toBeCloseTo(0.5, 12);
  expect(passAtK(8, 1, 8)).toBe(1);
  expect(passAtK(8, 0, 8)).toBe(0);
  expect(passAtK(4, 3, 2)).toBe(1);
});

test("too few images are refused", () => {
  expect(() => passAtK(4, 1, 8)).toThrow("Expected at least 8 images a prompt for pass@8, got 4");
});

test("prompts weigh alike within a task, tasks alike overall", () => {
  const images = (tag: string, promptId: string, correct: boolean[]) =>
    correct.map((one) => ({ tag, promptId, correct: one }));
  const outcomes = [
    ...images("colors", "a", [true, false]),
    ...images("colors", "b", [false, false]),
    ...images("counting", "c", [true, true]),
  ];
  expect(meanPassAtK(outcomes, 2)).toBe((0.5 + 1) / 2);
});
