import { describe, expect, it } from "vitest";
import { TASKS } from "../../src/records/prompt.js";
import { isPlain, promptsOf, saysHeldOut } from "../../src/scenes/language/combinations.js";
import { FALSEHOODS } from "../../src/scenes/language/falsehoods.js";
import { parsePrompt } from "../../src/scenes/language/grammar.js";
import { decodePrompt, TEXT_LENGTH } from "../../src/scenes/language/vocabulary.js";
import { TASK_WEIGHTS, type TrainingScenes, trainingRows } from "../../src/scenes/training-rows.js";

/** Rows whose reasons are the number of words of the caption. */
const rowsOf = (settings: TrainingScenes) => trainingRows(settings, ({ prompt }) => prompt.split(" ").length);

describe("trainingRows", () => {
  const rows = [...rowsOf({ count: 600, seed: 4 })];

  it("gives row n whatever the count", () => {
    const few = [...rowsOf({ count: 3, seed: 4 })];
    expect(few).toEqual(rows.slice(0, 3));
    expect([...rowsOf({ count: 3, seed: 5 })]).not.toEqual(few);
  });

  it("never uses a held-out combination, in true or wrong captions", () => {
    for (const { text, wrongTexts } of rows) {
      for (let at = 0; at < wrongTexts.length; at += TEXT_LENGTH) {
        const wrong = decodePrompt(wrongTexts.subarray(at, at + TEXT_LENGTH));
        expect(saysHeldOut(parsePrompt(wrong))).toBe(false);
        expect(wrong).not.toBe(decodePrompt(text));
      }
      expect(saysHeldOut(parsePrompt(decodePrompt(text)))).toBe(false);
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
    const counting = [...rowsOf({ count: 20, seed: 1, taskWeights: { ...nothing, counting: 2 } })];
    expect(new Set(counting.map((row) => row.task))).toEqual(new Set(["counting"]));
  });

  it("says more than the prompts of its task in a share of the captions", () => {
    const richer = rows.filter(({ text }) => !isPlain(parsePrompt(decodePrompt(text))));
    expect(richer.length / rows.length).toBeGreaterThan(0.12);
    expect(new Set(richer.map(({ task }) => task))).toEqual(new Set(["counting", "position", "color_attr"]));
  });

  it("grounds every caption: the noun decides what an object is, so swapped things change places", () => {
    const phrases = { kept: 0, exchanged: 0 };
    for (const { task, places, phrases: all, falsehoods, text } of rows) {
      if (task !== "position" || !isPlain(parsePrompt(decodePrompt(text)))) continue;
      expect([...places].filter((place) => place !== 255)).toHaveLength(2);
      expect([...all.subarray(0, 4)]).toEqual([1, 2, 0, 0]);
      for (const [index, kind] of falsehoods.entries()) {
        const own = [...all.subarray(4 * (index + 1), 4 * (index + 2))];
        if (FALSEHOODS[kind] === "things swapped") phrases.exchanged += Number(own.join() === "2,1,0,0");
        if (FALSEHOODS[kind] === "relation mirrored") phrases.kept += Number(own.join() === "1,2,0,0");
        if (FALSEHOODS[kind] === "another shape") expect(own.filter((one) => one > 0)).toHaveLength(1);
      }
    }
    expect(phrases.kept).toBeGreaterThan(40);
    expect(phrases.exchanged).toBeGreaterThan(40);
  });

  it("draws given prompts alone, whose false captions may be held out", () => {
    const prompts = promptsOf("position").slice(0, 3);
    const given = [...rowsOf({ count: 30, seed: 2, prompts })];
    const said = new Set(given.map(({ text }) => decodePrompt(text)));
    expect(said.size).toBe(3);
    expect(given.every(({ task }) => task === "position")).toBe(true);
  });
});
