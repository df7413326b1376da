import { describe, expect, it } from "vitest";
import { cellsOf, GRID, stabilityPage } from "../../scripts/dpo-stability/page.js";

const run = (seed: number, score: number) => ({
  seed,
  score,
  last: { "rewards/accuracies": 0.8, "logps/chosen": -130 },
});

describe("the stability grid", () => {
  it("has every rate, beta and length once, and every kind of masks with and without SFT", () => {
    const cells = cellsOf(GRID);
    expect(cells).toHaveLength(4 * 3 * 2 + 7);
    expect(new Set(cells.map((cell) => JSON.stringify(cell))).size).toBe(cells.length);
    for (const masks of ["shared", "independent", "high ratio", "own path"]) {
      const weights = cells.filter((cell) => cell.masks === masks && cell.steps === 400 && cell.beta === 0.1);
      expect(new Set(weights.map(({ sft }) => sft))).toEqual(new Set([0, 0.5]));
    }
  });

  it("lists the best setting first, with its difference from the base and its spread", () => {
    const [one, two] = cellsOf(GRID) as [never, never];
    const results = [
      { cell: one, runs: [run(0, 0.4), run(1, 0.5)] },
      { cell: two, runs: [run(0, 0.6), run(1, 0.6)] },
    ];
    const page = stabilityPage({ base: 0.5, results, cells: 3 });
    const lines = page.split("\n").filter((line) => line.startsWith("| high ratio"));
    expect(lines[0]).toContain("0.600 | +0.100 ± 0.000");
    expect(lines[1]).toContain("0.450 | -0.050 ± 0.100");
    expect(page).toContain("Unfinished: 2 of 3 settings.");
  });
});
