import { expect, test } from "vitest";
import type { ReviewedPair } from "../../../src/adapters/store/index.js";
import type { ReviewAnswer } from "../../../src/records/review.js";
import { agreementOf } from "../../../src/stages/review/agreement.js";

/** A pair whose chosen image is `a` or `b`, always shown with `a` left; `said` are name and answer. */
function reviewed(chosen: "a" | "b", said: Readonly<Record<string, ReviewAnswer>>): ReviewedPair {
  const pair = { chosenId: chosen, rejectedId: chosen === "a" ? "b" : "a" } as ReviewedPair["pair"];
  const reviews = Object.entries(said).map(([reviewer, answer]) => ({
    reviewer,
    leftId: "a",
    rightId: "b",
    answer,
  }));
  return { pair, reviews };
}

test("people are compared with the judge and with each other; a skip says nothing", () => {
  const report = agreementOf([
    reviewed("a", { ann: "left", ben: "left" }),
    reviewed("b", { ann: "right", ben: "left" }),
    reviewed("b", { ann: "right", ben: "skip" }),
    reviewed("a", { ann: "tie", ben: "tie" }),
    reviewed("a", { ben: "skip" }),
  ]);
  expect(report.reviewed).toBe(4);
  const [ann, ben] = report.reviewers;
  // ann: three of four as the judge; by chance 1/4 * 2/4 + 2/4 * 2/4 = 3/8.
  expect(ann).toMatchObject({ name: "ann", answers: 4, skipped: 0, ties: 1, bothBad: 0, leftShare: 1 / 3 });
  expect(ann?.judge).toMatchObject({ items: 4, observed: 0.75 });
  expect(ann?.judge.kappa).toBeCloseTo((0.75 - 0.375) / (1 - 0.375), 12);
  expect(ben).toMatchObject({ name: "ben", answers: 3, skipped: 2, ties: 1, leftShare: 1 });
  // Together on three pairs, two the same; by chance (1 * 2 + 1 * 0 + 1 * 1) / 9 = 1/3.
  expect(report.between).toMatchObject([{ one: "ann", other: "ben", items: 3 }]);
  expect(report.between[0]?.kappa).toBeCloseTo((2 / 3 - 1 / 3) / (1 - 1 / 3), 12);
  // Coincidences of 6 values: 4 agree; a 3, b 1, tie 2: 1 - 5 * 2 / (36 - 14).
  expect(report.everyone.items).toBe(3);
  expect(report.everyone.alpha).toBeCloseTo(1 - (5 * 2) / 22, 12);
  expect(report.chosenPreferred).toEqual({ items: 5, share: 0.8 });
});

test("which side an image was on does not matter, only which image was meant", () => {
  const pair = { chosenId: "a", rejectedId: "b" } as ReviewedPair["pair"];
  const reviews = [
    { reviewer: "ann", leftId: "a", rightId: "b", answer: "left" },
    { reviewer: "ben", leftId: "b", rightId: "a", answer: "right" },
  ] as const;
  const report = agreementOf([{ pair, reviews }]);
  expect(report.between[0]).toMatchObject({ items: 1, observed: 1 });
  expect(report.reviewers.map(({ judge }) => judge.observed)).toEqual([1, 1]);
});

test("nothing said is reported as nothing, never as a number", () => {
  const report = agreementOf([reviewed("a", { ann: "skip" })]);
  expect(report).toMatchObject({ reviewed: 0, between: [], everyone: { items: 0, alpha: null } });
  expect(report.chosenPreferred).toEqual({ items: 0, share: null });
  expect(report.reviewers[0]).toMatchObject({
    answers: 0,
    leftShare: null,
    judge: { observed: null, kappa: null },
  });
});
