import { expect, test } from "vitest";
import { holmPValues } from "../../src/statistics/holm.js";

test("the smallest p-value counts as often as there are tests, each later one once less, and none falls below one before", () => {
  const corrected = holmPValues([0.01, 0.04, 0.03, 0.005, 0.8]);
  // 4 x 0.01, 2 x 0.04 held at 3 x 0.03, 5 x 0.005, 1 x 0.8.
  for (const [index, value] of [0.04, 0.09, 0.09, 0.025, 0.8].entries()) {
    expect(corrected[index]).toBeCloseTo(value, 12);
  }
});

test("a corrected p-value is at most 1, equal ones stay equal, and none gives none", () => {
  expect(holmPValues([0.6, 0.6, 0.9])).toEqual([1, 1, 1]);
  expect(holmPValues([0.01, 0.01])).toEqual([0.02, 0.02]);
  expect(holmPValues([])).toEqual([]);
});
