import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { gumbel, STREAMS, uniform } from "../../src/decoding/randomness.js";

const contract = new URL("../contract/randomness.json", import.meta.url);
const samples: { seed: number; step: number; position: number; stream: number; value: number }[] = JSON.parse(
  readFileSync(contract, "utf8"),
);

test("the samples that both languages share", () => {
  expect(samples.length).toBeGreaterThanOrEqual(64);
  for (const { seed, step, position, stream, value } of samples) {
    expect(uniform(seed, step, position, stream)).toBe(value);
    expect(Math.fround(value)).toBe(value);
  }
});

test("uniform numbers have the mean and variance of [0, 1) and no serial correlation", () => {
  const values = grid((seed, position) => uniform(seed, 3, position, STREAMS.draw));
  expect(mean(values)).toBeCloseTo(0.5, 2);
  expect(mean(values.map((value) => (value - 0.5) ** 2))).toBeCloseTo(1 / 12, 2);
  const products = values.slice(1).map((value, index) => (value - 0.5) * ((values[index] as number) - 0.5));
  expect(mean(products)).toBeCloseTo(0, 2);
});

test("gumbel numbers have the mean and variance of the standard Gumbel distribution", () => {
  const values = grid((seed, position) => gumbel(seed, 0, position, STREAMS.gumbel));
  const average = mean(values);
  expect(average).toBeCloseTo(0.5772, 1);
  expect(mean(values.map((value) => (value - average) ** 2))).toBeCloseTo(Math.PI ** 2 / 6, 1);
  expect(values.every(Number.isFinite)).toBe(true);
});

test("every coordinate changes the number", () => {
  const base = uniform(7, 2, 5, 0);
  for (const other of [uniform(8, 2, 5, 0), uniform(7, 3, 5, 0), uniform(7, 2, 6, 0), uniform(7, 2, 5, 1)]) {
    expect(other).not.toBe(base);
  }
});

function grid(value: (seed: number, position: number) => number): number[] {
  return Array.from({ length: 400 * 64 }, (_, index) => value(Math.floor(index / 64), index % 64));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
