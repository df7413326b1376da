import { expect, test } from "vitest";
import { summarise, summaryLines } from "../../src/geneval/summary.js";
import { goldenJson, goldenLines } from "./golden.js";

interface ResultLine {
  tag: string;
  correct: boolean;
  metadata: string;
}

interface Expected {
  printed: string[];
  exact: {
    image_accuracy: number;
    prompt_accuracy: number;
    tasks: Record<string, number>;
    overall: number;
  };
}

const expected = goldenJson<Record<string, Expected>>("summary_expected");
const files = Object.keys(expected).map((file) => file.replace(".jsonl", ""));

test("there are seven golden summaries", () => expect(files).toHaveLength(7));

test.each(files)("%s: prints what the reference prints, from the same numbers", (file) => {
  const summary = summarise(
    goldenLines<ResultLine>(file).map((line) => ({
      tag: line.tag,
      promptKey: line.metadata,
      correct: line.correct,
    })),
  );
  const wanted = expected[`${file}.jsonl`] as Expected;
  expect(summaryLines(summary)).toEqual(wanted.printed);
  expect(summary.imageAccuracy).toBe(wanted.exact.image_accuracy);
  expect(summary.promptAccuracy).toBe(wanted.exact.prompt_accuracy);
  expect(Object.fromEntries(summary.tasks.map((task) => [task.tag, task.score]))).toEqual(wanted.exact.tasks);
  expect(summary.overall).toBeCloseTo(wanted.exact.overall, 14);
});
