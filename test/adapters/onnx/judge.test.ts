import { afterAll, beforeAll, expect, test } from "vitest";
import { OnnxJudge, verdictOf } from "../../../src/adapters/onnx/judge.js";
import { encodePrompt } from "../../../src/adapters/scenes/vocabulary.js";
import { VerifierError } from "../../../src/errors.js";
import type { JudgeItem } from "../../../src/records/seams.js";
import { fakePrompt } from "../../../src/testing.js";
import { models } from "./models.js";

let judge: OnnxJudge;
beforeAll(async () => {
  judge = await OnnxJudge.open(models("judge"), { encodePrompt, threads: 1 });
});
afterAll(() => judge.close());

function item(seed: number, text = "a ring"): JudgeItem {
  const tokens = Uint16Array.from({ length: 64 }, (_, index) => (index * 7 + seed * 13) % 32);
  return showing(tokens, text);
}

function showing(tokens: Uint16Array, text = "a ring"): JudgeItem {
  return { prompt: fakePrompt(text), image: { tokens, pixels: () => Promise.reject(new Error("unused")) } };
}

test("many images are answered in order, each as it is alone", async () => {
  const items = Array.from({ length: 37 }, (_, index) => item(index, index % 2 ? "a ring" : "two red stars"));
  const together = await judge.ask("outcome", items);
  expect(together.length).toBe(37);
  expect(new Set(together.map((verdict) => JSON.stringify(verdict))).size).toBeGreaterThan(20);
  for (const index of [0, 15, 16, 36]) {
    expect(await judge.ask("outcome", [items[index] as JudgeItem])).toEqual([together[index]]);
  }
});

test("each question has its own column", async () => {
  expect(judge.questions).toEqual(["outcome", "clarity"]);
  const [outcome, clarity] = [await judge.ask("outcome", [item(1)]), await judge.ask("clarity", [item(1)])];
  expect(outcome).not.toEqual(clarity);
});

test("a question it does not know is refused", async () => {
  await expect(judge.ask("reflection", [item(1)])).rejects.toThrow(VerifierError);
});

test("a bad image or prompt is a failed verdict and leaves the others alone", async () => {
  const masked = new Uint16Array(64).fill(32);
  const items = [
    item(1),
    showing(masked),
    item(2),
    showing(new Uint16Array(63)),
    item(3, "a giraffe"),
    item(4),
  ];
  const verdicts = await judge.ask("outcome", items);
  expect(verdicts.map(({ kind }) => kind)).toEqual([
    "scored",
    "failed",
    "scored",
    "failed",
    "failed",
    "scored",
  ]);
  expect(verdicts[1]).toMatchObject({ reason: "Expected tokens below 32, got 32 at position 0." });
  expect(verdicts[3]).toMatchObject({ reason: "Expected a grid of 64 tokens, got 63." });
  expect(verdicts[4]).toMatchObject({ reason: expect.stringContaining("giraffe") });
  expect([verdicts[0], verdicts[2], verdicts[5]]).toEqual(
    await judge.ask("outcome", [item(1), item(2), item(4)]),
  );
  expect(await judge.ask("outcome", [])).toEqual([]);
});

test("a probability that is none is a failed verdict", () => {
  for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, -0.1, 1.1]) {
    expect(verdictOf(wrong)).toMatchObject({
      kind: "failed",
      reason: expect.stringContaining(String(wrong)),
    });
  }
  expect(verdictOf(0.25)).toEqual({ kind: "scored", score: 0.25 });
});
