import { expect, it } from "vitest";
import { pairedShift } from "../../src/statistics/paired-shift.js";

it("is the mean change and its standard error, by hand", () => {
  const shift = pairedShift([0, 0.5, 1], [1, 0.5, 1]);
  expect(shift?.mean).toBeCloseTo(1 / 3);
  // Changes 1, 0, 0: variance 1/3, over 3.
  expect(shift?.standardError).toBeCloseTo(Math.sqrt(1 / 9));
  expect(shift?.count).toBe(3);
});

it("leaves out what lacks one of the two, and says nothing of fewer than two", () => {
  expect(pairedShift([0, null, 0.2, 0.4], [0.1, 1, null, 0.5])).toMatchObject({ count: 2 });
  expect(pairedShift([0, null], [1, 1])).toBeNull();
});
