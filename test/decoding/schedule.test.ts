import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { maskedCounts, remaskingTemperature } from "../../src/decoding/schedule.js";

const contract = new URL("../contract/schedule.json", import.meta.url);
const samples: { tokens: number; steps: number; masked: number[] }[] = JSON.parse(
  readFileSync(contract, "utf8"),
);

test("the counts that both languages share", () => {
  expect(samples.length).toBe(10);
  for (const { tokens, steps, masked } of samples) expect(maskedCounts(tokens, steps)).toEqual(masked);
});

test("every step commits at least one token and the last commits the rest", () => {
  for (let steps = 1; steps <= 64; steps++) {
    const counts = maskedCounts(64, steps);
    expect(counts.length).toBe(steps + 1);
    expect([counts[0], counts[steps]]).toEqual([64, 0]);
    for (let step = 1; step <= steps; step++) {
      expect(counts[step]).toBeLessThan(counts[step - 1] as number);
    }
  }
});

test("the counts follow the cosine where whole numbers allow it", () => {
  expect(maskedCounts(64, 3)).toEqual([64, 55, 32, 0]);
});

test("steps outside 1..tokens are refused", () => {
  for (const steps of [0, 65, 2.5, Number.NaN]) expect(() => maskedCounts(64, steps)).toThrow(RangeError);
});

test("the temperature falls linearly to exactly 0", () => {
  expect([0, 1, 2, 3].map((step) => remaskingTemperature(2, step, 4))).toEqual([1.5, 1, 0.5, 0]);
});
