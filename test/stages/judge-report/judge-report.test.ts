import { expect, test } from "vitest";
import type { StageRow } from "../../../src/adapters/store/index.js";
import type { Detection } from "../../../src/records/detection.js";
import type { Question } from "../../../src/records/verdict.js";
import { labelStates } from "../../../src/stages/judge-data/label-states.js";
import { pathTasks } from "../../../src/stages/judge-data/path-tasks.js";
import { reportJudge } from "../../../src/stages/judge-report/ask-judge.js";
import type { JudgeQuality, QuestionQuality } from "../../../src/stages/judge-report/quality.js";
import { qualityPage } from "../../../src/stages/judge-report/quality-page.js";
import { qualityTable } from "../../../src/stages/judge-report/quality-table.js";
import { FakeDecoder, FakeDetector, FakeJudge, FakeSampler } from "../../../src/testing.js";
import { type Bench, openBench, starPrompts } from "../stage-place.js";

const STEPS = 4;
const star: Detection = { class: "star", box: [0, 0, 2, 2], score: 0.95, color: "red" };
/** A ring always, a star where the first token is large: right images have one. Every preview is clear. */
const detector = new FakeDetector(({ data: [first = 0] }) => [
  { ...star, class: "ring" },
  ...(first >= 16 ? [star] : []),
]);

function states({ place }: Bench): Promise<StageRow> {
  const sampler = new FakeSampler({ steps: STEPS });
  return labelStates(place, {
    name: "judge-states-held-out",
    tasks: pathTasks(starPrompts(4), { perTask: 40, doubled: [] }, 1),
    checkpoint: sampler.checkpoint,
    settings: sampler.settings,
    openSampler: async () => sampler,
    decoder: new FakeDecoder(),
    detector,
    encodePrompt: () => new Uint16Array(3),
    seed: 1,
    completions: 4,
    completedStates: 1,
    shardPaths: 16,
  });
}

/** Two pairs of each kind; the first prompt of a pair is the true one. */
const captionPairs = {
  id: "pairs",
  async *open() {
    for (const first of [20, 1]) {
      const tokens = new Uint16Array(16).fill(first);
      yield { kind: "colors swapped", tokens, truth: "a red star", falsehood: "a blue star" };
      yield { kind: "one more", tokens, truth: "a ring", falsehood: "two rings" };
    }
  },
};

async function report(bench: Bench, judge: FakeJudge): Promise<JudgeQuality> {
  const stage = await reportJudge(bench.place, {
    states: await states(bench),
    judge,
    image: bench.image,
    captionPairs,
    seed: 0,
  });
  return stage.summary as unknown as JudgeQuality;
}

/** Sure and right about whole images; sure and wrong about what becomes of earlier ones, but for how clear they are. */
const knowsWholes = () =>
  new FakeJudge(({ image: { tokens, settled = [] } }, question) => {
    const isRight = (tokens?.[0] as number) >= 16;
    const isWhole = settled.every((flag) => flag === 1);
    if (question === "clarity") return { kind: "scored", score: 1 };
    return { kind: "scored", score: isRight === isWhole ? 1 : 0 };
  });

test("a judge that knows whole images is perfect at the last step and told apart from the earlier ones", async () => {
  const quality = await report(openBench(), knowsWholes());
  const of = (question: Question) => quality.questions[question] as QuestionQuality;
  const { outcome, reflection, potential, process, clarity } = quality.questions;
  for (const one of [outcome, reflection]) {
    expect(one).toMatchObject({ answers: 40 * 5, accuracy: 1, auc: 1, withinPromptAuc: 1, failed: 0 });
    expect(one).toMatchObject({ calibrationError: 0, interval: [1, 1], prompts: 4 });
    expect(one?.steps.map(({ step }) => step)).toEqual([STEPS]);
  }
  expect(clarity).toMatchObject({
    answers: 40 * STEPS,
    yes: 40 * STEPS,
    accuracy: 1,
    auc: null,
    interval: null,
  });
  expect(of("clarity").bins).toHaveLength(1);
  expect(potential?.steps.map(({ step }) => step)).toEqual([1, 2, 3, 4]);
  expect(potential?.steps.at(-1)).toMatchObject({ answers: 40, accuracy: 1, auc: 1 });
  // A token that is committed stays: where it says "right" early, this judge says no.
  for (const { auc } of of("potential").steps.slice(0, -1)) expect(auc).toBeLessThan(0.5);
  expect(quality.firstClear).toEqual({ ...potential?.steps[0], step: undefined });
  expect(process?.steps.reduce((sum, { answers }) => sum + answers, 0)).toBe(process?.answers);
  expect(of("outcome").tasks["single_object"]).toMatchObject({ answers: 200, accuracy: 1 });
});

test("true captions are told from false ones by what is false, a tie being half", async () => {
  const colorBlind = new FakeJudge(({ prompt, image: { tokens } }) => {
    const counts = prompt.text.startsWith("two") ? 0 : (tokens?.[0] as number) > 10 ? 1 : 0;
    return { kind: "scored", score: prompt.text.includes("star") ? 0.7 : counts };
  });
  expect((await report(openBench(), colorBlind)).falsehoods).toEqual([
    { kind: "colors swapped", pairs: 2, told: 0.5 },
    { kind: "one more", pairs: 2, told: 0.75 },
  ]);
});

test("a failed verdict is counted, and no score", async () => {
  const flaky = new FakeJudge((item, question) =>
    question === "potential" ? { kind: "failed", reason: "torn" } : knowsWholes().answer(item, question),
  );
  const { questions, firstClear } = await report(openBench(), flaky);
  expect(questions.potential).toMatchObject({ answers: 0, failed: 160, accuracy: null, auc: null, bins: [] });
  expect(questions.outcome).toMatchObject({ answers: 200, failed: 0, accuracy: 1 });
  expect(firstClear).toMatchObject({ answers: 0, failed: 40 });
});

test("only questions that the judge answers are asked, and a report is made once", async () => {
  const bench = openBench();
  const judge = Object.assign(knowsWholes(), { questions: ["outcome"] as const });
  const first = await report(bench, judge);
  const asked = judge.batches.length;
  expect(Object.keys(first.questions)).toEqual(["outcome"]);
  expect(await report(bench, judge)).toEqual(first);
  expect(judge.batches).toHaveLength(asked);
  expect(first.firstClear).toMatchObject({ answers: 0, failed: 0, withinPromptAuc: null });
});

test("a reader finds every question and step in the table, and curve and diagrams on the page", async () => {
  const quality = await report(openBench(), knowsWholes());
  const table = qualityTable(quality);
  for (const question of ["outcome", "process", "clarity", "potential", "reflection"]) {
    expect(table).toContain(`\n${question} `);
  }
  expect(table).toMatch(/\noutcome +4 +200 /);
  expect(table).toContain("potential at the first clear step");
  expect(table).toMatch(/\ncolors swapped +2 +0\.500\n/);
  const page = await qualityPage(quality, { judge: "<fake>", images: 320 });
  expect(page).toContain("&#60;fake&#62;");
  expect(page).not.toContain("<script");
  expect(page.match(/<svg /g)).toHaveLength(1 + 5);
  expect(page).toContain("potential at step 4: 1.000");
  expect(page).toContain("False captions");
  expect(page).toContain("Reliability: outcome (ECE 0.000)");
});
