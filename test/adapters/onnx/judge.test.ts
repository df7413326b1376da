import { InferenceSession } from "onnxruntime-node";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { likelyReasons, OnnxJudge, verdictOf } from "../../../src/adapters/onnx/judge.js";
import { VerifierError } from "../../../src/errors.js";
import { REASONS } from "../../../src/records/reasons.js";
import type { JudgeItem } from "../../../src/records/seams.js";
import { QUESTIONS } from "../../../src/records/verdict.js";
import { encodePrompt } from "../../../src/scenes/language/vocabulary.js";
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
  // Another judge, which remembers nothing of them.
  const other = await OnnxJudge.open(models("judge"), { encodePrompt, threads: 1 });
  for (const index of [0, 15, 16, 36]) {
    expect(await other.ask("outcome", [items[index] as JudgeItem])).toEqual([together[index]]);
  }
  await other.close();
});

test("one pass answers every question about an image", async () => {
  const { prototype } = InferenceSession as unknown as { prototype: { run(): Promise<unknown> } };
  const passes = vi.spyOn(prototype, "run");
  const items = [item(101), item(102)];
  const [clarity] = await judge.ask("clarity", items);
  const outcome = await judge.ask("outcome", items);
  expect(passes).toHaveBeenCalledTimes(1);
  expect(clarity).not.toEqual(outcome[0]);
  await judge.ask("outcome", [item(101, "two red stars")]);
  expect(passes).toHaveBeenCalledTimes(2);
  passes.mockRestore();
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

test("a judge of every question is told what is settled, and gives reasons for a reflection of no", async () => {
  const all = await OnnxJudge.open(models("judge-of-all"), { encodePrompt, threads: 1 });
  expect(all.questions).toEqual(QUESTIONS);
  const whole = item(1);
  const settled = (flag: 0 | 1) => ({ ...whole.image, settled: new Uint8Array(64).fill(flag) });
  const [absent, full, none] = await all.ask("potential", [
    whole,
    { ...whole, image: settled(1) },
    { ...whole, image: settled(0) },
  ]);
  expect(full).toEqual(absent);
  expect(none).not.toEqual(absent);
  const [reflection] = await all.ask("reflection", [whole]);
  expect(reflection).toMatchObject({ kind: "scored", reasons: expect.arrayContaining([expect.any(String)]) });
  expect(reflection?.kind === "scored" && reflection.score).toBeLessThan(0.5);
  const [outcome] = await all.ask("outcome", [whole]);
  expect(outcome).toEqual({ kind: "scored", score: expect.any(Number) });
  await all.close();
});

test("the reasons more likely than not are given, else the likeliest", () => {
  const three = REASONS.slice(0, 3);
  expect(likelyReasons(three, Float32Array.of(0.9, 0.1, 0.6))).toEqual([three[0], three[2]]);
  expect(likelyReasons(three, Float32Array.of(0.1, 0.3, 0.2))).toEqual([three[1]]);
});
