import { expect, test } from "vitest";
import type { JudgeFileRow } from "../../../src/adapters/arrow/index.js";
import { NOT_ASKED, QUESTIONS, type Question } from "../../../src/records/verdict.js";
import { countAnswers, keepAnswers, keepChances } from "../../../src/stages/judge-data/balance.js";
import { answersOf } from "../../../src/stages/judge-data/label-trajectory.js";

/** `count` rows of one task and step whose first `yes` answers are yes. */
function rows(tag: string, step: number, question: Question, count: number, yes: number): JudgeFileRow[] {
  return Array.from({ length: count }, (_, index) => ({
    ...{
      promptId: "p",
      prompt: "a star",
      tag,
      text: new Uint16Array(2),
      path: `${tag}-${step}-${index}`,
      step,
      steps: 4,
    },
    tokens: new Uint16Array(4),
    settled: new Uint8Array(4),
    answers: answersOf({ [question]: index < yes }),
    reasons: new Uint8Array(10),
    written: "",
  }));
}

async function* each(given: readonly JudgeFileRow[]) {
  yield* given;
}

async function kept(given: readonly JudgeFileRow[]): Promise<JudgeFileRow[]> {
  const chances = keepChances(await countAnswers(each(given)));
  return given.flatMap((row) => keepAnswers(row, chances, 1) ?? []);
}

function tally(given: readonly JudgeFileRow[], tag: string, step: number, question: Question) {
  const at = QUESTIONS.indexOf(question);
  const own = given.filter((row) => row.tag === tag && row.step === step).map((row) => row.answers[at]);
  return {
    no: own.filter((answer) => answer === 0).length,
    yes: own.filter((answer) => answer === 1).length,
  };
}

test("answers of each task and step are half no; reflection's are four fifths no", async () => {
  const given = [
    ...rows("colors", 4, "outcome", 1000, 900),
    ...rows("position", 4, "outcome", 1000, 200),
    ...rows("position", 2, "clarity", 1000, 300),
    ...rows("position", 3, "reflection", 1000, 500),
  ];
  const left = await kept(given);
  for (const [tag, step, question, no, yes] of [
    ["colors", 4, "outcome", 100, 100],
    ["position", 4, "outcome", 200, 200],
    ["position", 2, "clarity", 300, 300],
    ["position", 3, "reflection", 500, 125],
  ] as const) {
    const found = tally(left, tag, step, question);
    // The scarcer answer is kept whole, the other by chance: within four standard deviations.
    expect(Math.abs(found.no - no)).toBeLessThan(4 * Math.sqrt(no));
    expect(Math.abs(found.yes - yes)).toBeLessThan(4 * Math.sqrt(yes));
    expect([found.no, found.yes]).toContain(question === "reflection" ? 500 : Math.min(no, yes));
  }
});

test("no task or step outweighs the others, and one without both answers gives none", async () => {
  const given = [
    ...rows("colors", 1, "outcome", 100, 50),
    ...rows("counting", 1, "outcome", 100, 50),
    ...rows("position", 1, "outcome", 4000, 2000),
    ...rows("single_object", 1, "outcome", 100, 100),
  ];
  const left = await kept(given);
  expect(tally(left, "single_object", 1, "outcome")).toEqual({ no: 0, yes: 0 });
  const { no, yes } = tally(left, "position", 1, "outcome");
  expect(Math.abs(no + yes - 200)).toBeLessThan(60);
  expect(tally(left, "colors", 1, "outcome")).toEqual({ no: 50, yes: 50 });
});

test("clarity is balanced over the steps of a task: early images are not clear, late ones are", async () => {
  const given = [
    ...rows("position", 1, "clarity", 300, 0),
    ...rows("position", 2, "clarity", 300, 150),
    ...rows("position", 3, "clarity", 300, 300),
  ];
  const left = await kept(given);
  expect([1, 2, 3].map((step) => tally(left, "position", step, "clarity"))).toEqual([
    { no: 300, yes: 0 },
    { no: 150, yes: 150 },
    { no: 0, yes: 300 },
  ]);
});

test("an answer is kept whatever came before it", async () => {
  const given = rows("position", 1, "potential", 400, 100);
  const forwards = await kept(given);
  const backwards = await kept([...given].reverse());
  const names = (all: readonly JudgeFileRow[]) => all.map(({ path }) => path).sort();
  expect(names(forwards)).toEqual(names(backwards));
  expect(forwards.length).toBeGreaterThan(100);
  expect(forwards.every(({ answers }) => answers.some((answer) => answer !== NOT_ASKED))).toBe(true);
});
