import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { PromptError } from "../../src/errors.js";
import { readPhotographPrompts } from "../../src/families/photograph-prompts.js";
import { evaluateImage } from "../../src/geneval/evaluate.js";
import { TASKS } from "../../src/records/prompt.js";

/** One line of each task, in the layout of GenEval's evaluation_metadata.jsonl. */
const OFFICIAL = [
  '{"tag": "single_object", "include": [{"class": "computer mouse", "count": 1}], "prompt": "a photo of a computer mouse"}',
  '{"tag": "two_object", "include": [{"class": "bench", "count": 1}, {"class": "hair drier", "count": 1}], "prompt": "a photo of a bench and a hair drier"}',
  '{"tag": "counting", "include": [{"class": "clock", "count": 2}], "exclude": [{"class": "clock", "count": 3}], "prompt": "a photo of two clocks"}',
  '{"tag": "colors", "include": [{"class": "tv remote", "count": 1, "color": "pink"}], "prompt": "a photo of a pink tv remote"}',
  '{"tag": "position", "include": [{"class": "dog", "count": 1}, {"class": "tie", "count": 1, "position": ["right of", 0]}], "prompt": "a photo of a tie right of a dog"}',
  '{"tag": "color_attr", "include": [{"class": "cup", "count": 1, "color": "red"}, {"class": "tv", "count": 1, "color": "white"}], "prompt": "a photo of a red cup and a white tv"}',
];

function written(...lines: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), "espalier-prompts-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "evaluation_metadata.jsonl");
  writeFileSync(file, `${lines.join("\n")}\n`);
  return file;
}

test("GenEval's own prompt file is read as it is published, line by line, metadata untouched", async () => {
  const prompts = await readPhotographPrompts(written(...OFFICIAL));
  expect(prompts.map(({ metadata }) => metadata)).toEqual(OFFICIAL.map((line) => JSON.parse(line)));
  expect(prompts.map(({ metadata }) => metadata?.tag)).toEqual([...TASKS]);
  const [clocks] = prompts.slice(2);
  const clock = { class: "clock", box: [0, 0, 9, 9], score: 0.95, color: "red" } as const;
  const asked = clocks?.metadata ?? { tag: "", include: [], prompt: "" };
  expect([1, 2, 3].map((count) => evaluateImage(Array(count).fill(clock), asked).correct)).toEqual([
    false,
    true,
    false,
  ]);
});

test("what no detector could check is refused by line, with the name that may have been meant", async () => {
  const faulty = [
    ['"class": "computer mouse"', '"class": "computer mous"', 'did you mean "computer mouse"'],
    ['"color": "pink"', '"color": "crimson"', "expected the colour to be red, orange"],
    ['["right of", 0]', '["beside", 0]', "expected the relation"],
    ['["right of", 0]', '["right of", 5]', "placed against clause 5"],
    ['"tag": "counting"', '"tag": "count"', "expected the tag"],
    ['"count": 2', '"count": 0', "line 3"],
  ] as const;
  for (const [right, wrong, words] of faulty) {
    const lines = OFFICIAL.map((line) => line.replace(right, wrong));
    const reading = readPhotographPrompts(written(...lines));
    await expect(reading).rejects.toThrow(PromptError);
    await expect(reading).rejects.toThrow(words);
    await expect(reading).rejects.toThrow(/evaluation_metadata\.jsonl, line \d/);
  }
});

test("plain lines are prompts for a judge alone", async () => {
  const [prompt] = await readPhotographPrompts(written("a corgi in a teacup, oil painting"));
  expect(prompt).toMatchObject({ text: "a corgi in a teacup, oil painting" });
  expect(prompt?.metadata).toBeUndefined();
});
