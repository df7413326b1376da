import { expect, test } from "vitest";
import { bootstrap, quantile } from "../../src/statistics/bootstrap.js";
import { randomStream } from "../../src/statistics/random.js";
import { differenceStrata, scoreStrata } from "../../src/statistics/strata.js";
import { simulatePairs } from "./simulate.js";

const settings = { resamples: 10_000, seed: 3, level: 0.95 };

function outcome(tag: string, promptId: string, correct: boolean) {
  return { tag, promptId, correct };
}

test("the overall score is the unweighted mean of the tasks, whatever their sizes", () => {
  const outcomes = [
    outcome("colors", "a", true),
    outcome("colors", "b", false),
    outcome("colors", "b", false),
    outcome("colors", "b", false),
    outcome("counting", "c", true),
  ];
  const result = bootstrap(scoreStrata(outcomes), settings);
  expect(result.tasks.get("colors")?.value).toBe(0.25);
  expect(result.overall.value).toBe((0.25 + 1) / 2);
});

test("two prompts, one always right and one always wrong: a resample is 0, 1/2, 1/2 or 1", () => {
  const strata = scoreStrata([outcome("colors", "a", true), outcome("colors", "b", false)]);
  const quartiles = bootstrap(strata, { ...settings, level: 0.4 }).overall;
  expect(quartiles).toEqual({ value: 0.5, low: 0.5, high: 0.5 });
  expect(bootstrap(strata, settings).overall).toEqual({ value: 0.5, low: 0, high: 1 });
});

test("images of one prompt are one observation: eight copies do not narrow the interval", () => {
  const copies = (count: number) =>
    scoreStrata(
      Array.from({ length: 40 }, (_, prompt) => outcome("colors", `${prompt}`, prompt % 2 === 0)).flatMap(
        (one) => Array(count).fill(one),
      ),
    );
  expect(bootstrap(copies(8), settings).overall).toEqual(bootstrap(copies(1), settings).overall);
});

test("the interval of a plain mean agrees with the normal approximation", () => {
  const outcomes = Array.from({ length: 400 }, (_, prompt) =>
    outcome("colors", `${prompt}`, prompt % 4 === 0),
  );
  const { low, high } = bootstrap(scoreStrata(outcomes), settings).overall;
  const halfWidth = 1.96 * Math.sqrt((0.25 * 0.75) / 400);
  expect(low).toBeCloseTo(0.25 - halfWidth, 2);
  expect(high).toBeCloseTo(0.25 + halfWidth, 2);
});

test("the seed fixes the interval", () => {
  const strata = scoreStrata(
    Array.from({ length: 37 }, (_, prompt) => outcome("colors", `${prompt}`, prompt % 3 === 0)),
  );
  expect(bootstrap(strata, settings)).toEqual(bootstrap(strata, settings));
});

test("95% intervals of a paired difference cover the truth about 95 times in 100", () => {
  const random = randomStream(11);
  const gain = 0.1;
  const studies = 400;
  let covered = 0;
  for (let study = 0; study < studies; study++) {
    const strata = differenceStrata(simulatePairs(random, 40, 4, gain));
    const { low, high } = bootstrap(strata, { resamples: 500, seed: study, level: 0.95 }).overall;
    if (low <= gain && gain <= high) covered++;
  }
  // Four standard deviations of a binomial(400, 0.95) are 4.4 points.
  expect(covered / studies).toBeGreaterThan(0.906);
  expect(covered / studies).toBeLessThan(0.994);
});

test("without any image it refuses", () => {
  expect(() => bootstrap([], settings)).toThrow(/at least one judged image/);
});

test("a quantile lies on the line between its neighbours", () => {
  expect(quantile(Float64Array.from([0, 10, 20]), 0.25)).toBe(5);
  expect(quantile(Float64Array.from([0, 10, 20]), 1)).toBe(20);
});
