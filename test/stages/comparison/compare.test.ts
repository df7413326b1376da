import { expect, test } from "vitest";
import { ConfigError } from "../../../src/errors.js";
import { compare } from "../../../src/stages/comparison/compare.js";
import type { EvaluationSource } from "../../../src/stages/comparison/evaluations.js";
import { handEvaluation, syntheticEvaluation } from "./synthetic.js";

const settings = { resamples: 1000, seed: 1, level: 0.95 };

async function* streamed<T>(items: Iterable<T>) {
  yield* items;
}

test("rows and differences carry the numbers one can count by hand", async () => {
  const base = handEvaluation("base", [
    ["a", 0, true],
    ["a", 1, false],
    ["b", 0, false],
    ["b", 1, false],
  ]);
  const round = handEvaluation("round-1", [
    ["b", 1, true],
    ["b", 0, true],
    ["a", 1, true],
    ["a", 0, false],
  ]);
  const { rows, comparisons } = await compare([base, round], settings);
  expect(rows.map((row) => [row.name, row.overall, row.tasks, row.images, row.prompts])).toEqual([
    ["base", 0.25, { colors: 0.25 }, 4, 2],
    ["round-1", 0.75, { colors: 0.75 }, 4, 2],
  ]);
  // Prompt a gains one and loses one, prompt b gains two: a resample's mean is 0, 1/2 or 1.
  expect(comparisons).toEqual([
    {
      from: "base",
      to: "round-1",
      delta: 0.5,
      ci: [0, 1],
      p: 1,
      tasks: { colors: 0.5 },
      taskIntervals: { colors: [0, 1] },
      wins: 3,
      losses: 1,
    },
  ]);
});

test("every evaluation is compared with every earlier one, and only tasks of equal weight count", async () => {
  const sources = [0, 0.1, 0.2].map((skill, index) => syntheticEvaluation(`round-${index}`, skill));
  const { rows, comparisons, statistics } = await compare(sources, settings);
  expect(comparisons.map((one) => [one.from, one.to])).toEqual([
    ["round-0", "round-1"],
    ["round-0", "round-2"],
    ["round-1", "round-2"],
  ]);
  const last = comparisons[1];
  const scores = Object.values(rows[2]?.tasks ?? {});
  expect(scores).toHaveLength(6);
  expect(rows[2]?.overall).toBeCloseTo(scores.reduce((total, one) => total + one, 0) / 6, 12);
  expect(last?.delta).toBeCloseTo((rows[2]?.overall ?? 0) - (rows[0]?.overall ?? 0), 12);
  expect(last?.p).toBeLessThan(0.01);
  expect(statistics).toEqual(settings);
});

test("items may stream in, and the result survives JSON unchanged", async () => {
  const plain = syntheticEvaluation("base", 0);
  const stream: EvaluationSource = { ...plain, items: streamed(plain.items as Iterable<never>) };
  const comparison = await compare([stream], settings);
  expect(comparison).toEqual(await compare([plain], settings));
  expect(JSON.parse(JSON.stringify(comparison))).toEqual(comparison);
});

test("different prompts or seeds are refused, with what is missing on either side", async () => {
  const base = handEvaluation("base", [
    ["a", 0, true],
    ["a", 1, true],
    ["b", 0, true],
  ]);
  const round = handEvaluation("round-1", [
    ["a", 0, true],
    ["c", 0, true],
  ]);
  const refusal = compare([base, round], settings);
  await expect(refusal).rejects.toThrow(ConfigError);
  await expect(refusal).rejects.toThrow(
    'got 1 shared images: 2 of "base" are missing in "round-1" and 1 of "round-1" are missing in "base"',
  );
});

test("an empty evaluation, a repeated name and a repeated image are refused", async () => {
  const one = handEvaluation("base", [["a", 0, true]]);
  await expect(compare([handEvaluation("base", [])], settings)).rejects.toThrow(/"base", got none/);
  await expect(compare([one, one], settings)).rejects.toThrow(/got "base" twice/);
  const repeated = handEvaluation("base", [
    ["a", 3, true],
    ["a", 3, false],
  ]);
  await expect(compare([repeated], settings)).rejects.toThrow(/a second for prompt a, seed 3/);
});
