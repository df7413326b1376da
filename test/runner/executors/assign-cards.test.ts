import { describe, expect, it } from "vitest";
import { ConfigError } from "../../../src/errors.js";
import { assignCards } from "../../../src/runner/executors/assign-cards.js";

const FOUR = ["a", "b", "c", "d"];

describe("graphics cards are shared", () => {
  it("one a worker, as many workers as cards unless fewer are wanted", () => {
    expect(assignCards(FOUR, null, 1)).toEqual({ workers: 4, cards: [["a"], ["b"], ["c"], ["d"]] });
    expect(assignCards(FOUR, 2, 1)).toEqual({ workers: 2, cards: [["a"], ["b"]] });
  });

  it("several a worker, or one among several", () => {
    expect(assignCards(FOUR, null, 2).cards).toEqual([
      ["a", "b"],
      ["c", "d"],
    ]);
    expect(assignCards(["a", "b"], null, 0.5)).toEqual({ workers: 4, cards: [["a"], ["b"], ["a"], ["b"]] });
  });

  it("not at all where there are none, or none are asked for", () => {
    expect(assignCards([], null, 1)).toEqual({ workers: null, cards: null });
    expect(assignCards(FOUR, 3, 0)).toEqual({ workers: 3, cards: null });
  });

  it("by no more workers than there are cards for", () => {
    const message = /at most 1 workers with 1 graphics card\(s\) each, got 2: this machine shows 1 \(a\)/;
    expect(() => assignCards(["a"], 2, 1)).toThrow(message);
    expect(() => assignCards(["a"], null, 2)).toThrow(ConfigError);
  });
});
