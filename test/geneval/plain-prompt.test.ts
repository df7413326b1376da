import { expect, test } from "vitest";
import { statedIn } from "../../src/geneval/plain-prompt.js";
import { structureOf } from "../../src/geneval/structure.js";

test.each([
  ["a photo of a bench", [{ class: "bench", count: 1 }]],
  ["An image of  two wine glasses.", [{ class: "wine glass", count: 2 }]],
  ["a photo of three persons", [{ class: "person", count: 3 }]],
  ["four people", [{ class: "person", count: 4 }]],
  ["a photo of two rings", [{ class: "ring", count: 2 }]],
  ["a photo of a white orange", [{ class: "orange", count: 1, color: "white" }]],
  ["a photo of an orange", [{ class: "orange", count: 1 }]],
  [
    "the red car and two dogs",
    [
      { class: "dog", count: 2 },
      { class: "car", count: 1, color: "red" },
    ],
  ],
  [
    "a cat is to the left of a bench",
    [
      { class: "cat", count: 1 },
      { class: "bench", count: 1, position: ["right of", 0] as const },
    ],
  ],
])("%j asks for what GenEval's metadata says", (text, include) => {
  expect(structureOf({ include: statedIn(text) })).toBe(structureOf({ include }));
});
