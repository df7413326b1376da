import { expect, test } from "vitest";
import { collectEvaluations, type EvaluationSource } from "../../../src/stages/comparison/evaluations.js";
import { findChanges } from "../../../src/stages/comparison/regressions.js";
import { handEvaluation } from "./synthetic.js";

async function three() {
  const rows = (pattern: string) =>
    [...pattern].map((mark, index) => [`prompt-${index}`, 0, mark === "+"] as const);
  const [base, middle, last] = await collectEvaluations([
    handEvaluation("base", rows("++--+")),
    handEvaluation("middle", rows("-----")),
    handEvaluation("last", rows("-+++-")),
  ]);
  if (!base || !middle || !last) throw new Error("three sources give three evaluations");
  return { base, middle, last };
}

test("regressions come first, then improvements, each beside the images of every evaluation", async () => {
  const { base, middle, last } = await three();
  const changes = findChanges([base, middle, last], base, last);
  const all = [...changes.regressions, ...changes.improvements];
  expect(all.map((change) => [change.kind, change.promptId])).toEqual([
    ["regression", "prompt-0"],
    ["regression", "prompt-4"],
    ["improvement", "prompt-2"],
    ["improvement", "prompt-3"],
  ]);
  expect(all[0]?.items.map((item) => [item.candidateId, item.correct])).toEqual([
    ["base-prompt-0-0", true],
    ["middle-prompt-0-0", false],
    ["last-prompt-0-0", false],
  ]);
});

test("tasks take turns", async () => {
  const twoTasks = (name: string, correct: boolean): EvaluationSource => {
    const colors = ["a", "b", "c"].map((id) => [id, 0, correct] as const);
    const items = [
      ...(handEvaluation(name, colors, "colors").items as Iterable<never>),
      ...(handEvaluation(name, [["d", 0, correct]], "counting").items as Iterable<never>),
    ];
    return { name, kind: "checkpoint", items };
  };
  const [base, last] = await collectEvaluations([twoTasks("base", true), twoTasks("last", false)]);
  if (!base || !last) throw new Error("two sources give two evaluations");
  const { regressions } = findChanges([base, last], base, last);
  expect(regressions.map((change) => change.tag)).toEqual(["colors", "counting", "colors", "colors"]);
});
