import { join } from "node:path";
import { expect, test } from "vitest";
import { BUNDLED_MODELS, openBundledEncoder } from "../../src/families/bundled.js";
import { captionPairs, heldOutPart } from "../../src/families/false-captions.js";
import { isHeldOut } from "../../src/scenes/language/combinations.js";
import { parsePrompt } from "../../src/scenes/language/grammar.js";

test("every pair is a held-out scene under its caption and under a false one, of each kind", async () => {
  const encoder = await openBundledEncoder(join(BUNDLED_MODELS, "scenes-tokenizer"), { threads: 1 });
  const kinds = new Map<string, number>();
  for await (const { kind, tokens, truth, falsehood } of captionPairs(encoder, { scenes: 70, most: 40 })) {
    expect(tokens).toHaveLength(encoder.tokens);
    expect(falsehood).not.toBe(truth);
    const metadata = parsePrompt(truth);
    expect(metadata.tag === "single_object" || isHeldOut(metadata)).toBe(true);
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  await encoder.close();
  expect(Math.max(...kinds.values())).toBe(40);
  expect(kinds.size).toBe(9); // no prompt of a task has two numbers to swap
  expect(kinds.get("things swapped")).toBe(kinds.get("relation mirrored"));
  expect(kinds.get("colors swapped")).toBeGreaterThan(5);
});

test("what chooses models and what measures them share no prompt", () => {
  const [validation, evaluation] = (["validation", "evaluation"] as const).map(
    (part) => new Set(heldOutPart(part).map(({ prompt }) => prompt)),
  ) as [Set<string>, Set<string>];
  expect([...validation].filter((prompt) => evaluation.has(prompt))).toEqual([]);
  expect(Math.abs(validation.size / (validation.size + evaluation.size) - 0.25)).toBeLessThan(0.01);
});
