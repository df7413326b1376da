import { expect, it } from "vitest";
import { paceOf } from "../../../src/runner/inspection/status.js";

it("takes the rate from the latest commits, and the time left from the rate", () => {
  expect(paceOf([], 10, 0)).toBeNull();
  expect(paceOf([1000], 10, 1)).toBeNull();
  expect(paceOf([1000, 1000], 10, 2)).toBeNull();
  expect(paceOf([5000, 4000, 3000], 10, 3)).toEqual({ shardsPerSecond: 1, secondsLeft: 7 });
  expect(paceOf([5000, 4500], null, 3)).toEqual({ shardsPerSecond: 2, secondsLeft: 0 });
});
