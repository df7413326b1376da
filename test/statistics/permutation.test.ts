import { expect, test } from "vitest";
import { signFlipPValue } from "../../src/statistics/permutation.js";
import { randomStream } from "../../src/statistics/random.js";
import { differenceStrata, type PairedOutcome } from "../../src/statistics/strata.js";
import { simulatePairs } from "./simulate.js";

const settings = { resamples: 20_000, seed: 5 };

function changes(gains: number, losses: number, same: number): PairedOutcome[] {
  const outcome = (promptId: string, before: boolean, after: boolean) => ({
    tag: "colors",
    promptId,
    before,
    after,
  });
  return [
    ...Array.from({ length: gains }, (_, index) => outcome(`gain${index}`, false, true)),
    ...Array.from({ length: losses }, (_, index) => outcome(`loss${index}`, true, false)),
    ...Array.from({ length: same }, (_, index) => outcome(`same${index}`, true, true)),
  ];
}

test("five gains and no loss: 2 of the 32 sign patterns are as extreme", () => {
  expect(signFlipPValue(differenceStrata(changes(5, 0, 10)), settings)).toBeCloseTo(2 / 32, 2);
});

test("four gains and one loss: 12 of the 32 sign patterns are as extreme", () => {
  expect(signFlipPValue(differenceStrata(changes(4, 1, 3)), settings)).toBeCloseTo(12 / 32, 2);
});

test("it is symmetric in direction, 1 without change, and never 0", () => {
  const forth = signFlipPValue(differenceStrata(changes(9, 2, 0)), settings);
  const back = signFlipPValue(differenceStrata(changes(2, 9, 0)), settings);
  expect(forth).toBeCloseTo(back, 2);
  expect(signFlipPValue(differenceStrata(changes(0, 0, 12)), settings)).toBe(1);
  expect(signFlipPValue(differenceStrata(changes(60, 0, 0)), settings)).toBe(1 / 20_001);
});

test("a gain of a prompt counts once, however many images say so", () => {
  const one = changes(5, 0, 0);
  const thrice = [...one, ...one, ...one];
  expect(signFlipPValue(differenceStrata(thrice), settings)).toBe(
    signFlipPValue(differenceStrata(one), settings),
  );
});

test("where nothing differs, p falls below 0.05 about 5 times in 100; where much does, nearly always", () => {
  const random = randomStream(23);
  const rejections = (gain: number, studies: number) => {
    let rejected = 0;
    for (let study = 0; study < studies; study++) {
      const strata = differenceStrata(simulatePairs(random, 30, 4, gain));
      if (signFlipPValue(strata, { resamples: 400, seed: study }) < 0.05) rejected++;
    }
    return rejected / studies;
  };
  // Four standard deviations of a binomial(400, 0.05) are 4.4 points.
  expect(Math.abs(rejections(0, 400) - 0.05)).toBeLessThan(0.044);
  expect(rejections(0.3, 50)).toBeGreaterThan(0.9);
});
