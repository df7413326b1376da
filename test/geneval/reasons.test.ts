import { expect, test } from "vitest";
import { evaluateImage } from "../../src/geneval/evaluate.js";
import { reasonsOf, writeFaults, writeReasons } from "../../src/geneval/reasons.js";
import type { Detection } from "../../src/records/detection.js";
import type { PromptMetadata } from "../../src/records/prompt.js";
import { FAULTS, REASONS, reasonFlags } from "../../src/records/reasons.js";

const object = (name: string, color: string, x = 0, y = 0): Detection => ({
  class: name,
  color,
  box: [x, y, x + 20, y + 20],
  score: 0.99,
});

const twoStars: PromptMetadata = {
  tag: "counting",
  include: [{ class: "star", count: 2 }],
  exclude: [{ class: "star", count: 3 }],
  prompt: "a photo of two stars",
};
const colored: PromptMetadata = {
  tag: "color_attr",
  include: [
    { class: "star", count: 1, color: "red" },
    { class: "ring", count: 1, color: "blue" },
  ],
  prompt: "a photo of a red star and a blue ring",
};
const placed: PromptMetadata = {
  tag: "position",
  include: [
    { class: "ring", count: 1 },
    { class: "star", count: 1, position: ["left of", 0] },
  ],
  prompt: "a photo of a star left of a ring",
};

const CASES = [
  [twoStars, [], ["first missing"], "star: expected 2, found 0"],
  [twoStars, [object("star", "red")], ["first too few"], "star: expected 2, found 1"],
  [
    twoStars,
    [0, 20, 40].map((x) => object("star", "red", x)),
    ["first too many"],
    "star: expected 2, found 3",
  ],
  [
    colored,
    [object("star", "green"), object("star", "pink", 40)],
    ["first wrong color", "second missing"],
    "star: expected red, found green; ring: expected 1, found 0",
  ],
  [
    placed,
    [object("ring", "red", 0, 0), object("star", "red", 0, 40)],
    ["second wrong place"],
    "star: expected left of the ring, found below",
  ],
  [placed, [object("star", "red")], ["first missing"], "ring: expected 1, found 0"],
] as const;

test("faults have codes and words", () => {
  for (const [metadata, detections, codes, words] of CASES) {
    const { faults, correct } = evaluateImage(detections, metadata);
    expect(correct).toBe(false);
    expect(reasonsOf(faults)).toEqual(codes);
    expect(writeFaults(faults, metadata)).toBe(words);
  }
});

test("a judge's reasons have words too", () => {
  expect(writeReasons(["first too few"], twoStars)).toBe("star: expected 2, found fewer");
  expect(writeReasons(["second wrong place"], placed)).toBe(
    "star: expected left of the ring, found elsewhere",
  );
  expect(writeReasons([], placed)).toBe("");
});

test("a reason's place is its id", () => {
  expect(REASONS).toHaveLength(2 * FAULTS.length);
  expect(REASONS[0]).toBe("first missing");
  expect(REASONS[FAULTS.length]).toBe("second missing");
  expect([...reasonFlags(["second missing", "first missing"])]).toEqual([1, 0, 0, 0, 0, 1, 0, 0, 0, 0]);
});
