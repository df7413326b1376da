import { expect, test } from "vitest";
import { promptId } from "../../../src/records/prompt.js";
import { findLeaks } from "../../../src/stages/evaluation/leaks.js";
import { NearTexts } from "../../../src/stages/evaluation/near-texts.js";

const prompt = (text: string) => ({ id: promptId(text), text });
const FOX = "a watercolour of an old fox asleep under a hazel bush in the first light of a cold morning";

test("a long text with a word changed or added is found, a short or another one is not", () => {
  const near = new NearTexts([
    prompt(FOX),
    prompt("a red cup left of a blue vase"),
    prompt("ein Bär im Wald"),
  ]);
  const like = (text: string) => [...near.like(prompt(text))].map(({ text }) => text);
  expect(like(FOX.replace("cold", "clear"))).toEqual([FOX]);
  expect(like(`${FOX.toUpperCase()}, trending.`)).toEqual([FOX]);
  expect(like("a red cup left of a green vase")).toEqual([]);
  expect(
    like("a watercolour of a young hare awake above a hazel bush in the last light of a warm evening"),
  ).toEqual([]);
});

test("a leak of free text is told, and prompts whose structure is known are compared by that alone", () => {
  const rules = { rule: "refuse", allowedTasks: [] } as const;
  const [leak] = findLeaks([prompt(FOX.replace("first", "early"))], [prompt(FOX), prompt("a cat")], rules);
  expect(leak).toMatchObject({ task: "", shared: 1, prompts: 2, example: FOX });
  const structured = (text: string, count: number) => ({
    ...prompt(text),
    metadata: { tag: "counting", include: [{ class: "star", count }], prompt: text },
  });
  const [two, three] = [2, 3].map((count) =>
    structured(`a very long photo of exactly ${count} stars in the evening sky`, count),
  );
  expect(findLeaks([two as never], [three as never], rules)).toEqual([]);
});
