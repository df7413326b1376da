import { expect, test } from "vitest";
import type { JudgeFileRow } from "../../../src/adapters/arrow/index.js";
import { PromptError } from "../../../src/errors.js";
import type { Detection } from "../../../src/records/detection.js";
import { REASONS } from "../../../src/records/reasons.js";
import { NOT_ASKED, QUESTIONS } from "../../../src/records/verdict.js";
import { balanceStates } from "../../../src/stages/judge-data/balance-states.js";
import { groupCorrections } from "../../../src/stages/judge-data/group-corrections.js";
import { labelStates } from "../../../src/stages/judge-data/label-states.js";
import { pathTasks } from "../../../src/stages/judge-data/path-tasks.js";
import { judgeRows } from "../../../src/stages/judge-shard.js";
import type { StagePlace } from "../../../src/stages/running/stage-place.js";
import { FakeDecoder, FakeDetector, FakeSampler, fakePrompt } from "../../../src/testing.js";
import { benchOn, openBench, starPrompts } from "../stage-place.js";

const star: Detection = { class: "star", box: [0, 0, 2, 2], score: 0.95, color: "red" };
/** A star where the image's first pixel is bright, a second object in every image. */
const detector = new FakeDetector(({ data: [first = 0] }) => [
  { ...star, class: "ring" },
  ...(first >= 16 ? [star] : []),
]);

function paramsOf(sampler = new FakeSampler({ steps: 4 }), count = 20) {
  return {
    name: "judge-states",
    tasks: pathTasks(starPrompts(2), { perTask: count, doubled: [] }, 1),
    checkpoint: sampler.checkpoint,
    settings: sampler.settings,
    openSampler: async () => sampler,
    decoder: new FakeDecoder(),
    detector,
    encodePrompt: () => new Uint16Array(3),
    seed: 1,
    completions: 4,
    completedStates: 1,
    shardPaths: 6,
  };
}

async function allRows(place: StagePlace, stage: Parameters<typeof judgeRows>[1]): Promise<JudgeFileRow[]> {
  const rows: JudgeFileRow[] = [];
  for await (const row of judgeRows(place, stage)) rows.push(row);
  return rows;
}

const answer = (row: JudgeFileRow, question: (typeof QUESTIONS)[number]) =>
  row.answers[QUESTIONS.indexOf(question)];

test("labels every step of every path, and every end that was tried", async () => {
  const { place } = openBench();
  const stage = await labelStates(place, paramsOf());
  expect(stage.summary).toEqual({ paths: 20, images: 20 * (4 + 4) });
  const rows = await allRows(place, stage);
  const right = (row: JudgeFileRow) => Number((row.tokens[0] as number) >= 16);
  const ends = new Map<string, JudgeFileRow>();
  for (const row of rows) if (row.step === 4) ends.set(row.path, row);
  expect(ends.size).toBe(20 * (1 + 4));
  for (const row of rows) {
    const isEnd = row.step === 4;
    const end = ends.get(row.path) as JudgeFileRow;
    for (const question of ["outcome", "reflection"] as const) {
      expect(answer(row, question)).toBe(isEnd ? right(row) : NOT_ASKED);
    }
    const missing = isEnd && right(row) === 0;
    expect(row.reasons[REASONS.indexOf("first missing")]).toBe(Number(missing));
    expect(row.written).toBe(missing ? "star: expected 1, found 0" : "");
    if (answer(row, "clarity") === NOT_ASKED) continue;
    // Ring alone against ring and star: two thirds of the objects agree, which is clear.
    expect(answer(row, "clarity")).toBe(1);
    expect(answer(row, "potential")).toBe(right(end));
  }
  expect(rows.filter((row) => answer(row, "clarity") === 1)).toHaveLength(80);
  expect(rows.filter((row) => row.step < 4 && answer(row, "process") !== NOT_ASKED)).toHaveLength(20);
  const settled = rows
    .filter(({ step }) => step === 1)
    .map((row) => row.settled.filter((flag) => flag).length);
  expect(new Set(settled)).toEqual(new Set([2]));
});

test("goes on where it was stopped, and ends with the same files", async () => {
  const whole = openBench();
  const stage = await labelStates(whole.place, paramsOf());
  const broken = openBench();
  let steps = 0;
  const failing = new FakeSampler({
    steps: 4,
    beforeStep: () => {
      if (++steps > 60) throw new Error("power cut");
    },
  });
  await expect(labelStates(broken.place, paramsOf(failing))).rejects.toThrow("power cut");
  const done = broken.store.shards.list(stage.id).length;
  expect(done).toBeGreaterThan(0);
  expect(done).toBeLessThan(4);
  await labelStates(broken.place, paramsOf());
  const hashes = ({ store }: typeof whole) => store.shards.list(stage.id).map(({ sha256 }) => sha256);
  expect(hashes(broken)).toEqual(hashes(whole));
});

test("what is kept is balanced, and wrong images get a right one of their prompt", async () => {
  const { place, store } = openBench();
  const states = await labelStates(place, paramsOf(undefined, 60));
  const samples = await balanceStates(place, { states, seed: 1 });
  const { outcome } = (samples.summary as { answers: unknown }).answers as {
    outcome: { no: number; yes: number };
  };
  expect(outcome.no).toBeGreaterThan(50);
  expect(Math.abs(outcome.no - outcome.yes)).toBeLessThan(60);
  const rows = await allRows(place, states);
  const wrong = rows.filter((row) => answer(row, "outcome") === 0).length;
  const corrections = await groupCorrections(place, { states });
  expect(corrections.summary).toEqual({ groups: wrong });
  expect(
    store.shards.list(corrections.id).every(({ file }) => file?.startsWith("arrow/judge-corrections-")),
  ).toBe(true);
  // Another run on the same ledger does not share stages, but makes the same.
  const { place: other } = benchOn(store, "other");
  const again = await balanceStates(other, { states, seed: 1 });
  expect(again.summary).toEqual(samples.summary);
});

test("a prompt without metadata is refused", async () => {
  const { place } = openBench();
  const tasks = [{ prompt: fakePrompt("words"), attempt: 0 }];
  await expect(labelStates(place, { ...paramsOf(), tasks })).rejects.toThrow(PromptError);
});

test("tasks that are doubled get twice the paths, evenly over their prompts", () => {
  const prompts = [...starPrompts(3, "position"), ...starPrompts(2, "colors")];
  const tasks = pathTasks(prompts, { perTask: 6, doubled: ["position"] }, 1);
  const counts = prompts.map(({ id }) => tasks.filter(({ prompt }) => prompt.id === id).length);
  expect(counts).toEqual([4, 4, 4, 3, 3]);
});
