import { expect, test } from "vitest";
import type { Judge } from "../../../src/records/seams.js";
import { QUESTIONS, type Question } from "../../../src/records/verdict.js";
import { judgeByQuestion } from "../../../src/search/judges/by-question.js";
import { parmPlusPlus } from "../../../src/search/strategies/parm-plus-plus.js";
import { fakePrompt } from "../../../src/testing.js";
import { searchAll } from "../run-search.js";

const named = (identity: string, score: number, questions: readonly Question[] = QUESTIONS): Judge => ({
  ...{ identity, questions, batch: 4 },
  ask: async (_question, items) => items.map(() => ({ kind: "scored", score })),
  close: async () => undefined,
});
const items = [{ prompt: fakePrompt("a ring"), image: { pixels: () => Promise.reject(new Error("no")) } }];

test("each question goes to its own judge, the others to the one that judges otherwise", async () => {
  const judge = judgeByQuestion(named("chooser", 0.9), { reflection: named("critic", 0.1) });
  expect(await judge.ask("outcome", items)).toMatchObject([{ score: 0.9 }]);
  expect(await judge.ask("reflection", items)).toMatchObject([{ score: 0.1 }]);
});

test("it answers what its judges answer, and is known by who is asked what", () => {
  const outcomes = named("outcomes", 1, ["outcome"]);
  const all = named("all", 1);
  expect(judgeByQuestion(outcomes, {}).questions).toEqual(["outcome"]);
  expect(judgeByQuestion(outcomes, { process: all }).questions).toEqual(["outcome", "process"]);
  expect(judgeByQuestion(outcomes, { process: all }).identity).not.toBe(
    judgeByQuestion(outcomes, { potential: all }).identity,
  );
  expect(judgeByQuestion(outcomes, { potential: all }).thresholdsOf).toBe("all");
});

test("reflection of PARM++ is asked of one that did not choose: it corrects what the chooser approves", async () => {
  const strategy = parmPlusPlus({
    ...{ candidates: 2, seed: 1, clarity: 0.5, potential: 0.5, reflection: 0.5, reflections: 2 },
  });
  const content = named("chooser", 0.9);
  const [approved] = await searchAll(strategy, { judge: content, count: 1 });
  const [doubted] = await searchAll(strategy, {
    judge: judgeByQuestion(content, { reflection: named("critic", 0.1) }),
    count: 1,
  });
  expect(doubted?.candidates.length).toBeGreaterThan(approved?.candidates.length ?? 0);
});
