import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type PromptMetadata, TASKS } from "../../../src/records/prompt.js";
import { combinationOf, isHeldOut, promptsOf } from "../../../src/scenes/language/combinations.js";
import { parsePrompt } from "../../../src/scenes/language/grammar.js";
import { promptSets } from "../../../src/scenes/language/prompt-sets.js";

const combination = (text: string) => combinationOf(parsePrompt(text));

describe("combinationOf", () => {
  it.each([
    ["a star and a ring", "a ring and a star"],
    ["a red star and a blue ring", "a blue ring and a red star"],
    ["a ring right of a star", "a star left of a ring"],
    ["a ring below a star", "a star above a ring"],
  ])("does not tell %j from %j", (one, other) => {
    expect(combination(one)).toBe(combination(other));
  });

  it.each([
    ["a red star and a blue ring", "a blue star and a red ring"],
    ["a ring left of a star", "a star left of a ring"],
    ["a ring left of a star", "a ring above a star"],
    ["two stars", "three stars"],
  ])("tells %j from %j", (one, other) => {
    expect(combination(one)).not.toBe(combination(other));
  });
});

describe("the held-out split", () => {
  it.each(TASKS.filter((task) => task !== "single_object"))("keeps a quarter of %s", (task) => {
    const all = new Set(promptsOf(task).map(combinationOf));
    const held = new Set(promptsOf(task).filter(isHeldOut).map(combinationOf));
    expect(held.size).toBe(Math.round(all.size / 4));
  });

  it("holds out no single object", () => {
    expect(promptsOf("single_object").filter(isHeldOut)).toEqual([]);
  });
});

describe("the prompt sets on disk", () => {
  const train = readSet("train.jsonl");
  const heldOut = readSet("held-out.jsonl");

  it("are what the generator script writes", () => {
    expect({ train, heldOut }).toEqual(promptSets());
  });

  it("share no combination, single_object excepted", () => {
    const trained = new Set(train.map(combinationOf));
    const shared = heldOut.filter((prompt) => trained.has(combinationOf(prompt)));
    expect(new Set(shared.map((prompt) => prompt.tag))).toEqual(new Set(["single_object"]));
  });

  it("hold every task and no prompt twice", () => {
    for (const set of [train, heldOut]) {
      expect(new Set(set.map((prompt) => prompt.tag))).toEqual(new Set(TASKS));
      expect(new Set(set.map((prompt) => prompt.prompt)).size).toBe(set.length);
    }
  });
});

function readSet(name: string): PromptMetadata[] {
  const text = readFileSync(new URL(`../../../data/prompts/${name}`, import.meta.url), "utf8");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}
