import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { PromptError } from "../../src/errors.js";
import { photographPrompt, readPhotographPrompts } from "../../src/families/photograph-prompts.js";
import { structureOf } from "../../src/geneval/structure.js";
import { COCO_CLASSES } from "../../src/geneval/vocabulary.js";
import type { PromptMetadata } from "../../src/records/prompt.js";
import { HOME } from "../../src/runner/locate-file.js";

const golden = gunzipSync(
  readFileSync(join(import.meta.dirname, "../golden/geneval/geneval_cases.jsonl.gz")),
);
const official = golden
  .toString()
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as { readonly source: string; readonly metadata: PromptMetadata })
  .filter(({ source }) => source === "official")
  .map(({ metadata }) => metadata);

describe("prompts of photographs", () => {
  it("are GenEval's own, whose objects are exactly COCO's", () => {
    const named = new Set(official.flatMap(({ include }) => include.map((clause) => clause.class)));
    expect([...named].sort()).toEqual([...COCO_CLASSES].sort());
    const prompts = official.map(photographPrompt);
    expect(prompts.length).toBeGreaterThan(500);
    expect(prompts[0]).toMatchObject({ text: official[0]?.prompt, metadata: official[0] });
  });

  it("may be any words, which no detector can check", () => {
    const prompt = photographPrompt("a Zürich tram at night, oil on canvas");
    expect(prompt.text).toBe("a Zürich tram at night, oil on canvas");
    expect(prompt.metadata).toBeUndefined();
  });

  it.each([
    [{ class: "bycicle", count: 1 }, 'got "bycicle"; did you mean "bicycle"?'],
    [{ class: "dog", count: 1, color: "teal" }, 'expected the colour to be red, .*, got "teal"'],
  ] as const)("refuses what no detector could check: %j", (clause, message) => {
    const asked = () => photographPrompt({ tag: "position", include: [clause], prompt: "a photo" });
    expect(asked).toThrow(PromptError);
    expect(asked).toThrow(new RegExp(message.replaceAll("?", "\\?")));
  });
});

it("ships sets of photographs that share no combination but single objects", async () => {
  const read = (name: string) => readPhotographPrompts(join(HOME, "data/prompts", name));
  const [train, heldOut] = await Promise.all([
    read("photographs-train.jsonl"),
    read("photographs-held-out.jsonl"),
  ]);
  const structures = (prompts: typeof train) =>
    prompts
      .filter(({ metadata }) => metadata?.tag !== "single_object")
      .map(({ metadata }) => structureOf(metadata as PromptMetadata));
  const trained = new Set(structures(train));
  expect(trained.size).toBe(1780);
  expect(structures(heldOut)).toHaveLength(460);
  expect(structures(heldOut).filter((one) => trained.has(one))).toEqual([]);
});
