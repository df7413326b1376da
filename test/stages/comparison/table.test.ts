import { expect, test } from "vitest";
import type { Comparison } from "../../../src/stages/comparison/compare.js";
import { comparisonTable, pValue, signed } from "../../../src/stages/comparison/table.js";
import { alignColumns } from "../../../src/stages/pages/align-columns.js";

const comparison: Comparison = {
  rows: [
    {
      name: "base",
      kind: "checkpoint",
      overall: 0.5123,
      ci: [0.48, 0.5449],
      tasks: { single_object: 0.9, counting: 0.1246 },
      taskIntervals: { single_object: [0.85, 0.95], counting: [0.1, 0.15] },
      images: 1200,
      prompts: 300,
    },
    {
      name: "base + ORM best-of-8",
      kind: "best-of-8",
      overall: 0.6,
      ci: [0.57, 0.63],
      tasks: { single_object: 1, counting: 0.2 },
      taskIntervals: { single_object: [1, 1], counting: [0.15, 0.25] },
      images: 1200,
      prompts: 300,
    },
  ],
  comparisons: [
    {
      from: "base",
      to: "base + ORM best-of-8",
      delta: 0.0877,
      ci: [-0.001, 0.12],
      p: 0.0001,
      tasks: { single_object: 0.1, counting: 0.0754 },
      taskIntervals: { single_object: [0.05, 0.15], counting: [0, 0.15] },
      wins: 130,
      losses: 25,
    },
  ],
  statistics: { resamples: 10_000, seed: 0, level: 0.95 },
};

test("scores, then differences, columns aligned", () => {
  expect(comparisonTable(comparison)).toMatchInlineSnapshot(`
    "                                               single
                          overall        interval  object  counting  images
    -----------------------------------------------------------------------
    base                    0.512  0.480 to 0.545   0.900     0.125    1200
    base + ORM best-of-8    0.600  0.570 to 0.630   1.000     0.200    1200

                                                                       turned  turned
    from  to                    difference          interval        p   right   wrong
    ---------------------------------------------------------------------------------
    base  base + ORM best-of-8      +0.088  -0.001 to +0.120  < 0.001     130      25

    Intervals: 95%, bootstrap clustered by prompt (10000 resamples). p: paired sign-flip test over prompts."
  `);
});

test("a task that a row lacks is a dash", () => {
  const [base, best] = comparison.rows;
  if (!base || !best) throw new Error("the sample has two rows");
  const partial = { ...comparison, rows: [base, { ...best, tasks: { counting: 0.2 } }] };
  expect(comparisonTable(partial)).toMatch(/best-of-8 .* 0\.630 +- +0\.200/);
});

test("headings of several lines stand on the rule", () => {
  expect(alignColumns(["name", "two\nlines"], [["a", "1"]], ["left"])).toBe(
    ["        two", "name  lines", "-----------", "a         1"].join("\n"),
  );
});

test("differences carry their sign, and a small p its bound", () => {
  expect([signed(0.0314), signed(-0.2), signed(-0.0001)]).toEqual(["+0.031", "-0.200", "0.000"]);
  expect([pValue(0.0421), pValue(0.0001)]).toEqual(["0.042", "< 0.001"]);
});
