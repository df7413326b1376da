import { describe, expect, it } from "vitest";
import { PromptError } from "../../../src/errors.js";
import { TASKS } from "../../../src/records/prompt.js";
import { promptsOf } from "../../../src/scenes/language/combinations.js";
import { parsePrompt } from "../../../src/scenes/language/grammar.js";
import { describe as sayMetadata } from "../../../src/scenes/language/statement.js";

describe("parsePrompt", () => {
  it.each([
    ["a star", "single_object", [{ class: "star", count: 1 }], undefined],
    ["an orange ring", "colors", [{ class: "ring", count: 1, color: "orange" }], undefined],
    ["three stars", "counting", [{ class: "star", count: 3 }], [{ class: "star", count: 4 }]],
    [
      "two red crosses",
      "counting",
      [{ class: "cross", count: 2, color: "red" }],
      [{ class: "cross", count: 3 }],
    ],
    [
      "a star and a ring",
      "two_object",
      [
        { class: "star", count: 1 },
        { class: "ring", count: 1 },
      ],
      undefined,
    ],
    [
      "a red star and a blue ring",
      "color_attr",
      [
        { class: "star", count: 1, color: "red" },
        { class: "ring", count: 1, color: "blue" },
      ],
      undefined,
    ],
  ])("reads %j as %s", (text, tag, include, exclude) => {
    expect(parsePrompt(text)).toEqual({
      tag,
      include,
      ...(exclude ? { exclude } : {}),
      prompt: `a photo of ${text}`,
    });
  });

  it("puts the target of a relation first, as GenEval does", () => {
    expect(parsePrompt("a red star left of a blue ring")).toEqual({
      tag: "position",
      include: [
        { class: "ring", count: 1, color: "blue" },
        { class: "star", count: 1, color: "red", position: ["left of", 0] },
      ],
      prompt: "a photo of a red star left of a blue ring",
    });
  });

  it("reads back every prompt of the six tasks unchanged", () => {
    for (const task of TASKS) {
      for (const prompt of promptsOf(task)) {
        expect(parsePrompt(prompt.prompt)).toEqual(prompt);
        expect(sayMetadata(prompt)).toBe(prompt.prompt);
      }
    }
  });

  it.each([
    ["a star ring", /after the first object, got "ring"/],
    ["two star", /plural after a number.*got "star"/],
    ["stars", /singular.*got "stars"/],
    ["a star left a ring", /"left of"/],
    ["a star and", /got nothing/],
    ["", /got nothing/],
    ["a star and a ring and a heart", /the end after two objects/],
    ["a star and a star", /say "two stars"/],
    ["a dog", /"dog" \(nearest known word/],
  ])("refuses %j with what was expected", (text, message) => {
    expect(() => parsePrompt(text)).toThrow(PromptError);
    expect(() => parsePrompt(text)).toThrow(message);
  });
});

describe("describe", () => {
  it.each([
    [{ class: "dog", count: 1 }, /a class of circle/],
    [{ class: "star", count: 5 }, /a count from 1 to 4, got 5/],
    [{ class: "star", count: 1, color: "teal" }, /a color of red/],
  ])("refuses %j", (clause, message) => {
    expect(() => sayMetadata({ tag: "colors", include: [clause], prompt: "x" })).toThrow(message);
  });
});
