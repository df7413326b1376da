import { describe, expect, test } from "vitest";
import { ManyRaters, TwoRaters } from "../../src/statistics/agreement.js";

/** Answers of raters as lines, one character an item, "." where a rater said nothing. */
function alphaOf(...raters: readonly string[]): ManyRaters {
  const found = new ManyRaters();
  for (const index of [...(raters[0] ?? "")].keys()) {
    found.add(raters.map((line) => line[index] ?? ".").filter((answer) => answer !== "."));
  }
  return found;
}

function kappaOf(table: Readonly<Record<string, Readonly<Record<string, number>>>>): TwoRaters {
  const found = new TwoRaters();
  for (const [one, row] of Object.entries(table)) {
    for (const [other, count] of Object.entries(row)) {
      for (let item = 0; item < count; item++) found.add(one, other);
    }
  }
  return found;
}

describe("Cohen's kappa", () => {
  test("of the worked example of the paper that introduced it (Cohen, 1960, table 1; 200 items)", () => {
    const found = kappaOf({
      a: { a: 88, b: 10, c: 2 },
      b: { a: 14, b: 40, c: 6 },
      c: { a: 18, b: 10, c: 12 },
    });
    expect(found.items).toBe(200);
    expect(found.observed).toBeCloseTo(0.7, 12);
    expect(found.kappa).toBeCloseTo((0.7 - 0.41) / (1 - 0.41), 12);
    expect(found.kappa).toBeCloseTo(0.492, 3);
  });

  test("by hand: 20 and 15 of 50 agree, 0.70 against 0.50 by chance, is 0.4", () => {
    expect(kappaOf({ yes: { yes: 20, no: 5 }, no: { yes: 10, no: 15 } }).kappa).toBeCloseTo(0.4, 12);
  });

  test("is 1 for raters who always agree, below 0 for raters who never do, NaN where chance explains all", () => {
    expect(kappaOf({ left: { left: 3 }, right: { right: 5 } }).kappa).toBe(1);
    expect(kappaOf({ left: { right: 4 }, right: { left: 4 } }).kappa).toBe(-1);
    expect(kappaOf({ left: { left: 4 } }).kappa).toBeNaN();
    expect(new TwoRaters().kappa).toBeNaN();
  });
});

describe("Krippendorff's alpha", () => {
  test("of two raters and two values (Krippendorff, 2011, section A): 0.095", () => {
    expect(alphaOf("0100000010", "1110010000").alpha).toBeCloseTo(0.095, 3);
  });

  test("of two raters and five values (section B): 0.692", () => {
    expect(alphaOf("aabbdcccedda", "babbbccceddd").alpha).toBeCloseTo(0.692, 3);
  });

  test("of four raters with missing answers (section C): 0.743, one item without a second answer left out", () => {
    const found = alphaOf("123321412...", "1233224125.3", ".3332342251.", "12332441251.");
    expect(found.items).toBe(11);
    expect(found.alpha).toBeCloseTo(0.743, 3);
  });

  test("does not depend on who said what, is 1 for full agreement, and NaN where nobody differs in any item", () => {
    expect(alphaOf("aabb", "abbb").alpha).toBeCloseTo(alphaOf("abbb", "aabb").alpha, 12);
    expect(alphaOf("abc", "abc", "abc").alpha).toBe(1);
    expect(alphaOf("aaa", "aaa").alpha).toBeNaN();
    expect(alphaOf("abc").alpha).toBeNaN();
  });
});
