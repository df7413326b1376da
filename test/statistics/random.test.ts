import { expect, test } from "vitest";
import { randomStream, xoshiro } from "../../src/statistics/random.js";

test("xoshiro128++ gives the published sequence for state 1, 2, 3, 4", () => {
  const stream = xoshiro([1, 2, 3, 4]);
  expect([stream.next(), stream.next(), stream.next(), stream.next(), stream.next()]).toEqual([
    641, 1573767, 3222811527, 3517856514, 836907274,
  ]);
});

test("a seed fixes its stream, near seeds differ, and draws are spread evenly", () => {
  const firstFive = (seed: number) => {
    const stream = randomStream(seed);
    return Array.from({ length: 5 }, () => stream.next());
  };
  expect(firstFive(7)).toEqual(firstFive(7));
  expect(firstFive(7)).not.toEqual(firstFive(8));
  const stream = randomStream(1);
  const counts = new Array(10).fill(0);
  for (let draw = 0; draw < 10_000; draw++) counts[stream.below(10)]++;
  // Five standard deviations of a binomial(10000, 0.1) are 150.
  for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
});
