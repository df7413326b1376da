import { expect, test } from "vitest";
import { agreement } from "../../src/geneval/agreement.js";
import type { Detection } from "../../src/records/detection.js";

const star = (x: number, more: Partial<Detection> = {}): Detection => ({
  class: "star",
  color: "red",
  box: [x, 0, x + 20, 20],
  score: 0.9,
  ...more,
});

test("counts objects of one class and colour that lie near each other, each once", () => {
  const both = [star(0), star(30)];
  expect(agreement(both, both, 8)).toBe(1);
  expect(agreement([star(0)], both, 8)).toBeCloseTo(2 / 3);
  expect(agreement([star(0), star(1)], [star(0)], 8)).toBeCloseTo(2 / 3);
  expect(agreement([star(0)], [star(8)], 8)).toBe(1);
  expect(agreement([star(0)], [star(9)], 8)).toBe(0);
  expect(agreement([star(0)], [star(0, { color: "blue" })], 8)).toBe(0);
  expect(agreement([star(0)], [star(0, { class: "ring" })], 8)).toBe(0);
});

test("leaves fragments out, and is 0 where there is nothing to see", () => {
  expect(agreement([star(0), star(30, { score: 0.2 })], [star(0)], 8)).toBe(1);
  expect(agreement([], [], 8)).toBe(0);
  expect(agreement([star(0, { score: 0.1 })], [], 8)).toBe(0);
});
