import { describe, expect, test } from "vitest";
import { promptOf, readPrompts } from "../../../src/adapters/scenes/read-prompts.js";
import { ConfigError } from "../../../src/errors.js";
import { findLeaks, refuseLeaks } from "../../../src/stages/evaluation/leaks.js";

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
        structures: 1,
        example: "a photo of a star left of a ring",
        allowed: false,
      },
      { task: "colors", shared: 1, structures: 2, example: "a photo of a red cross", allowed: false },
    ]);
  });

  test("compares plain text by its letters", () => {
    const plain = (text: string) => ({ id: text, text });
    const [leak] = findLeaks([plain("A Dog ")], [plain("a dog"), plain("a cat")], rules);
    expect(leak).toMatchObject({ task: "", shared: 1, structures: 2 });
  });

  test("finds nothing but the allowed task in the prompts that come with the project", async () => {
    const [train, heldOut] = await Promise.all(
      ["train", "held-out"].map(async (name) => (await readPrompts(`data/prompts/${name}.jsonl`)).prompts),
    );
    const leaks = findLeaks(train ?? [], heldOut ?? [], rules);
    expect(leaks.map(({ task, allowed }) => [task, allowed])).toEqual([["single_object", true]]);
    expect(() => refuseLeaks(leaks, rules)).not.toThrow();
  });
});

describe("refuseLeaks", () => {
  const leaks = findLeaks(prompts("two hearts"), prompts("two hearts"), rules);

  test("names task, number, example and both cures", () => {
    expect(() => refuseLeaks(leaks, rules)).toThrow(ConfigError);
    expect(() => refuseLeaks(leaks, rules)).toThrow(
      /counting: 1 of 1 .*two hearts[\s\S]*Take these prompts out[\s\S]*"report"/,
    );
  });

  test("lets through what is allowed or only to be reported", () => {
    expect(() => refuseLeaks(leaks, { ...rules, rule: "report" })).not.toThrow();
    const allowed = findLeaks(prompts("a star"), prompts("a star"), rules);
    expect(allowed).toHaveLength(1);
    expect(() => refuseLeaks(allowed, rules)).not.toThrow();
  });
});
