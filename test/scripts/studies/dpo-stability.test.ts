import { describe, expect, it } from "vitest";
import {
  type Cell,
  cellName,
  cellsOf,
  GRID,
  tablesOf,
} from "../../../scripts/studies/dpo-stability/cells.js";
import { MARK, stabilityPage } from "../../../scripts/studies/dpo-stability/page.js";
import { scoreOf, summarise } from "../../../scripts/studies/dpo-stability/summary.js";

const [CELL] = cellsOf(GRID) as [Cell];

/** Two tasks of two prompts with two images each, right where the text has a 1. */
function judged(text: string) {
  return [...text].map((digit, index) => ({
    promptId: `prompt ${Math.floor(index / 2)}`,
    tag: index < 4 ? "colors" : "counting",
    correct: digit === "1",
  }));
}

function run(seed: number, text: string) {
  return { seed, items: judged(text), last: { "rewards/accuracies": 0.8, "logps/chosen": -130 } };
}

describe("the stability grid", () => {
  it("has every rate, beta and length, every kind of masks with and without SFT, and a smaller batch", () => {
    const { grid, masks, batches } = tablesOf(GRID);
    expect([grid.length, masks.length, batches.length]).toEqual([3 * 2 * 2, 4 * 2, 2]);
    expect(new Set(grid.map(cellName)).size).toBe(12);
    expect(new Set(masks.map(({ masks, sft }) => `${masks} ${sft}`)).size).toBe(8);
    expect(new Set(batches.map(({ batchPairs, steps }) => batchPairs * steps)).size).toBe(1);
  });

  it("trains a setting once that stands in several tables", () => {
    expect(cellsOf(GRID)).toHaveLength(12 + 8 + 2 - 2);
    expect(new Set(cellsOf(GRID).map(cellName)).size).toBe(20);
  });
});

describe("a setting's summary", () => {
  const base = judged("10101010");

  it("is the mean over seeds, paired with the base image by image", () => {
    const found = summarise(CELL, [run(0, "11111010"), run(1, "10101010")], base);
    expect(found.difference).toBeCloseTo(0.125);
    expect(found.seeds).toEqual([0.25, 0]);
    expect(found.standardError.seeds).toBeCloseTo(0.125);
    expect(found.tasks).toEqual({ colors: 0.25, counting: 0 });
    expect(found.score).toBeCloseTo(scoreOf(base) + 0.125);
  });

  it("has no error from images where every prompt gains alike", () => {
    const { standardError } = summarise(CELL, [run(0, "11111111")], base);
    expect(standardError).toEqual({ images: 0, seeds: 0, both: 0 });
    expect(summarise(CELL, [run(0, "11111010")], base).standardError.images).toBe(0);
    expect(summarise(CELL, [run(0, "11101010")], base).standardError.images).toBeGreaterThan(0.05);
  });

  it("refuses other images than the base's", () => {
    expect(() => summarise(CELL, [run(0, "1010")], base)).toThrow("the same images everywhere");
  });
});

describe("the stability page", () => {
  const summary = summarise(CELL, [run(0, "11111010"), run(1, "10101010")], judged("10101010"));
  const counts = { base: 0.5, images: 8, pairs: 40, done: 2, all: 60, quick: false };
  const found = { ...counts, tables: tablesOf(GRID), summaries: [summary] };

  it("has a line for every setting and says what is unfinished", () => {
    const page = stabilityPage(null, found);
    expect(page.split("\n").filter((line) => /^\| (high|own|shared|indep)/.test(line))).toHaveLength(22);
    expect(page).toContain("0.625 | +0.125 ± ");
    expect(page).toContain("+0.250, +0.000");
    expect(page).toContain("Unfinished: 2 of 60 trainings.");
  });

  it("keeps the text above its tables", () => {
    const once = stabilityPage(`# Title\n\nWhat it means.\n\n${MARK}\n\nold tables`, found);
    expect(once).toContain("What it means.");
    expect(once).not.toContain("old tables");
    expect(stabilityPage(once, found)).toBe(once);
  });
});
