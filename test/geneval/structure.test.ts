import { describe, expect, test } from "vitest";
import { structureOf } from "../../src/geneval/structure.js";
import type { Requirement } from "../../src/records/prompt.js";

const structure = (include: Requirement[], tag = "x") => structureOf({ tag, include, prompt: "" });
const star = { class: "star", count: 1 };
const ring = { class: "ring", count: 1 };

describe("structureOf", () => {
  test("does not look at word order, tag or side of a relation", () => {
    expect(structure([star, ring])).toBe(structure([ring, star], "other"));
    const leftOf = [ring, { ...star, position: ["left of", 0] as const }];
    const rightOf = [star, { ...ring, position: ["right of", 0] as const }];
    expect(structure(leftOf)).toBe(structure(rightOf));
    const above = [ring, { ...star, position: ["above", 0] as const }];
    expect(structure(above)).toBe(structure([star, { ...ring, position: ["below", 0] as const }]));
  });

  test("tells counts, colours, relations and their directions apart", () => {
    const structures = [
      structure([star]),
      structure([{ ...star, count: 2 }]),
      structure([{ ...star, color: "red" }]),
      structure([star, ring]),
      structure([{ ...star, color: "red" }, ring]),
      structure([star, { ...ring, color: "red" }]),
      structure([ring, { ...star, position: ["left of", 0] }]),
      structure([star, { ...ring, position: ["left of", 0] }]),
      structure([ring, { ...star, position: ["above", 0] }]),
    ];
    expect(new Set(structures).size).toBe(structures.length);
  });
});
