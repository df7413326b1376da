import { describe, expect, test } from "vitest";
import { accuracy, calibration } from "../../src/statistics/calibration.js";
import { randomStream } from "../../src/statistics/random.js";

const items = (...given: readonly (readonly [score: number, correct: boolean])[]) =>
  given.map(([score, correct]) => ({ score, correct }));

describe("calibration", () => {
  test("is the distance of confidence and frequency, weighted by the bins' items", () => {
    // Bin 0.2: two items, confidence 0.25, half right. Bin 0.9: two items, confidence 0.95, both right.
    const { error, bins } = calibration(items([0.2, true], [0.3 - 1e-9, false], [0.9, true], [1, true]));
    expect(error).toBeCloseTo((2 * 0.25 + 2 * 0.05) / 4, 6);
    expect(bins).toHaveLength(10);
    expect(bins.map(({ count }) => count)).toEqual([0, 0, 2, 0, 0, 0, 0, 0, 0, 2]);
    expect(bins[2]).toMatchObject({ low: 0.2, high: 0.3, frequency: 0.5 });
    expect(bins[2]?.confidence).toBeCloseTo(0.25, 6);
  });

  test("is near 0 for scores that are the probabilities, and 0.5 for a sure judge that is right half of the time", () => {
    const random = randomStream(3);
    const uniform = () => random.below(2 ** 30) / 2 ** 30;
    const honest = Array.from({ length: 20_000 }, () => {
      const score = uniform();
      return { score, correct: uniform() < score };
    });
    expect(calibration(honest).error).toBeLessThan(0.02);
    const sure = honest.map(({ score }, index) => ({ score: score < 0.5 ? 0 : 1, correct: index % 2 === 0 }));
    expect(calibration(sure).error).toBeGreaterThan(0.45);
  });

  test("has no value without items, and refuses what is no probability", () => {
    expect(calibration([]).error).toBeNaN();
    expect(() => calibration(items([1.2, true]))).toThrow(RangeError);
    expect(() => calibration(items([Number.NaN, true]))).toThrow(RangeError);
  });
});

test("accuracy counts both sides of the threshold, which itself says yes", () => {
  const given = items([0.5, true], [0.49, true], [0.2, false], [0.9, false]);
  expect(accuracy(given)).toBe(0.5);
  expect(accuracy(given, 0.3)).toBe(0.75);
  expect(accuracy([])).toBeNaN();
});
