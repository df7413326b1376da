import { describe, expect, it } from "vitest";
import { isHeldOut } from "../../../src/adapters/scenes/combinations.js";
import { parsePrompt } from "../../../src/adapters/scenes/grammar.js";
import { TASK_WEIGHTS, trainingRows } from "../../../src/adapters/scenes/training-rows.js";
import { decodePrompt, TEXT_LENGTH } from "../../../src/adapters/scenes/vocabulary.js";
import { TASKS } from "../../../src/records/prompt.js";

describe("trainingRows", () => {
  const rows = [...trainingRows({ count: 600, seed: 4 })];

  it("gives row n whatever the count", () => {
    const few = [...trainingRows({ count: 3, seed: 4 })];
    expect(few).toEqual(rows.slice(0, 3));
    expect([...trainingRows({ count: 3, seed: 5 })]).not.toEqual(few);
  });

  it("never uses a held-out combination, in true or wrong captions", () => {
    for (const { text, wrongTexts } of rows) {
      for (let at = 0; at < wrongTexts.length; at += TEXT_LENGTH) {
        const wrong = decodePrompt(wrongTexts.subarray(at, at + TEXT_LENGTH));
        expect(isHeldOut(parsePrompt(wrong))).toBe(false);
        expect(wrong).not.toBe(decodePrompt(text));
      }
      expect(isHeldOut(parsePrompt(decodePrompt(text)))).toBe(false);
    }
  });

  it("labels rows with the task of their caption and draws tasks by weight", () => {
    for (const row of rows) expect(parsePrompt(decodePrompt(row.text)).tag).toBe(row.task);
    for (const task of TASKS) {
      const share = rows.filter((row) => row.task === task).length / rows.length;
      expect(Math.abs(share - TASK_WEIGHTS[task])).toBeLessThan(0.06);
    }
  });

  it("draws only the tasks that are asked for", () => {
    const nothing = { single_object: 0, two_object: 0, counting: 0, colors: 0, position: 0, color_attr: 0 };
    const counting = [...trainingRows({ count: 20, seed: 1, taskWeights: { ...nothing, counting: 2 } })];
    expect(new Set(counting.map((row) => row.task))).toEqual(new Set(["counting"]));
  });
});
