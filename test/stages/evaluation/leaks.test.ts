import { describe, expect, test } from "vitest";
import { ConfigError } from "../../../src/errors.js";
import { readPrompts } from "../../../src/families/scene-prompts.js";
import type { Prompt } from "../../../src/records/prompt.js";
import { promptOf } from "../../../src/scenes/language/prompt.js";
import { findLeaks, LEAKS_SETTING, refuseLeaks } from "../../../src/stages/evaluation/leaks.js";

const rules = { rule: "refuse", allowedTasks: ["single_object"] } as const;
const prompts = (...texts: string[]) => texts.map((text) => promptOf(text));

describe("findLeaks", () => {
  test("finds what is asked for in other words, each structure once", () => {
    const training = prompts("a ring right of a star", "a ring right of a star", "two hearts", "a red cross");
    const evaluation = prompts(
      "a star left of a ring",
      "three hearts",
      "a red cross",
      "a blue cross",
      "a star",
    );
    expect(findLeaks(training, evaluation, rules)).toEqual([
      {
        task: "position",
        shared: 1,
        prompts: 1,
        example: "a photo of a star left of a ring",
        allowed: false,
      },
      { task: "colors", shared: 1, prompts: 2, example: "a photo of a red cross", allowed: false },
    ]);
  });

  test("compares plain text by its letters", () => {
    const plain = (text: string) => ({ id: text, text });
    const [leak] = findLeaks([plain("A Dog ")], [plain("a dog"), plain("a cat")], rules);
    expect(leak).toMatchObject({ task: "", shared: 1, prompts: 2 });
  });

  const cat: Prompt = {
    id: "cat",
    text: "a photo of a cat",
    metadata: { tag: "single_object", include: [{ class: "cat", count: 1 }], prompt: "a photo of a cat" },
  };
  const nearBench: Prompt = {
    id: "bench",
    text: "a cat right of a bench",
    metadata: {
      tag: "position",
      include: [
        { class: "bench", count: 1 },
        { class: "cat", count: 1, position: ["right of", 0] },
      ],
      prompt: "a cat right of a bench",
    },
  };

  test.each([
    ["a photo of a cat", "a bench left of a cat"],
    ["  A  photo of a CAT.", "A Cat\u00a0right of a bench."],
    ["a cat", "a picture of a bench to the left of the cat"],
  ])("finds plain text that says what metadata says, and the other way round: %j", (one, other) => {
    const plain = [one, other].map((text) => ({ id: text, text }));
    const told = [
      { task: "single_object", shared: 1, prompts: 1 },
      { task: "position", shared: 1, prompts: 1 },
    ];
    expect(findLeaks(plain, [cat, nearBench], rules)).toMatchObject(told);
    expect(findLeaks([cat, nearBench], plain, rules)).toMatchObject([{ task: "", shared: 2, prompts: 2 }]);
  });

  test("counts every prompt of the evaluation, also two that ask for the same", () => {
    const mirrored = prompts("a star left of a ring", "a ring right of a star");
    expect(findLeaks(mirrored, mirrored, rules)).toMatchObject([{ shared: 2, prompts: 2 }]);
  });

  test("finds nothing but the allowed task in the prompts that come with the project", async () => {
    const [train, heldOut] = await Promise.all(
      ["train", "held-out"].map(async (name) => (await readPrompts(`data/prompts/${name}.jsonl`)).prompts),
    );
    const leaks = findLeaks(train ?? [], heldOut ?? [], rules);
    expect(leaks.map(({ task, allowed }) => [task, allowed])).toEqual([["single_object", true]]);
    expect(() => refuseLeaks(leaks, rules, LEAKS_SETTING)).not.toThrow();
  });
});

describe("refuseLeaks", () => {
  const leaks = findLeaks(prompts("two hearts"), prompts("two hearts"), rules);

  test("names task, number, example and both cures", () => {
    expect(() => refuseLeaks(leaks, rules, LEAKS_SETTING)).toThrow(ConfigError);
    expect(() => refuseLeaks(leaks, rules, LEAKS_SETTING)).toThrow(
      /counting: 1 of 1 .*two hearts[\s\S]*Take these prompts out[\s\S]*"report"/,
    );
  });

  test("lets no task through where training has seen every prompt of the evaluation", () => {
    const all = findLeaks(prompts("a star", "two rings"), prompts("a star"), rules);
    expect(() => refuseLeaks(all, rules, LEAKS_SETTING)).toThrow(/single_object: 1 of 1/);
  });

  test("names the flag where a command asks", () => {
    expect(() => refuseLeaks(leaks, rules, "give --allow-leaks")).toThrow(
      /files, or give --allow-leaks to go on/,
    );
  });

  test("lets through what is allowed or only to be reported", () => {
    expect(() => refuseLeaks(leaks, { ...rules, rule: "report" }, LEAKS_SETTING)).not.toThrow();
    const allowed = findLeaks(prompts("a star"), prompts("a star", "two rings"), rules);
    expect(allowed).toHaveLength(1);
    expect(() => refuseLeaks(allowed, rules, LEAKS_SETTING)).not.toThrow();
  });
});
