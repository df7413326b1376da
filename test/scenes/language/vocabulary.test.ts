import { describe, expect, it } from "vitest";
import { PromptError } from "../../../src/errors.js";
import {
  decodePrompt,
  encodePrompt,
  PAD,
  TEXT_LENGTH,
  VOCABULARY_SIZE,
  WORDS,
} from "../../../src/scenes/language/vocabulary.js";

describe("vocabulary", () => {
  it("gives every word its own id, PAD apart", () => {
    expect(new Set(WORDS).size).toBe(WORDS.length);
    expect(VOCABULARY_SIZE).toBe(WORDS.length + 1);
    for (const [index, word] of WORDS.entries()) expect(encodePrompt(word)[0]).toBe(index + 1);
  });

  // Checkpoints are trained on these ids: a change here makes every shipped model read other words.
  it("keeps the ids that checkpoints were trained on", () => {
    expect([...encodePrompt("a photo of a red star left of a blue ring")]).toEqual([
      17, 4, 30, 34, 21, 7, 0, 0,
    ]);
    expect([...encodePrompt("four crosses and two diamonds")]).toEqual([29, 14, 35, 27, 16, 0, 0, 0]);
  });

  it.each([
    ["a photo of a red star", "red star"],
    ["An orange ring.", "orange ring"],
    ["  the   STAR ", "star"],
    ["an image of a star to the left of a ring", "star left of ring"],
    ["", ""],
  ])("reads %j as %j", (text, words) => {
    expect(decodePrompt(encodePrompt(text))).toBe(words);
  });

  it("fills the rest with PAD", () => {
    const ids = encodePrompt("a star");
    expect(ids).toHaveLength(TEXT_LENGTH);
    expect([...ids.subarray(1)]).toEqual(Array(TEXT_LENGTH - 1).fill(PAD));
  });

  it("names every unknown word and the nearest known one", () => {
    expect(() => encodePrompt("a photo of a rad sta")).toThrow(PromptError);
    expect(() => encodePrompt("a rad sta")).toThrow(
      /"rad" \(nearest known word: "red"\), "sta" \(.*"star"\)/,
    );
  });

  it("refuses prompts that are too long, with both lengths", () => {
    expect(() => encodePrompt("red star and blue ring and red heart and ring")).toThrow(
      /at most 8 words.*got 10/,
    );
  });

  it("refuses ids without a word", () => {
    expect(() => decodePrompt([VOCABULARY_SIZE])).toThrow(PromptError);
  });
});
