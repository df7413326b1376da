import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openBundledDecoder, openBundledJudge, openBundledSampler } from "../../src/families/bundled.js";
import { search } from "../../src/search/scheduling/scheduler.js";
import { bestOfN } from "../../src/search/strategies/best-of-n.js";
import { attempts } from "../../src/search/strategy.js";
import { fakePrompt } from "../../src/testing.js";
import { copyOf, models } from "../adapters/onnx/models.js";

test("sampler, judge and decoder of the bundled family search together", async () => {
  const decoder = await openBundledDecoder(models("tokenizer"), { threads: 1 });
  const sampler = await openBundledSampler(models("generator"), { decoder, threads: 1, slots: 4 });
  const judge = await openBundledJudge(models("judge"), { threads: 1 });
  const tasks = attempts([fakePrompt("a red ring"), fakePrompt("three stars")], 1);
  let outcomes = 0;
  for await (const outcome of search(tasks, {
    sampler,
    judge,
    strategy: bestOfN({ candidates: 3, seed: 2 }),
  })) {
    outcomes += 1;
    expect(outcome.judgeCalls).toBe(3);
    const chosen = outcome.candidates[outcome.chosen as number];
    const { width, height } = await decoder.image(chosen?.tokens as Uint16Array).pixels();
    expect([width, height]).toEqual([64, 64]);
  }
  expect(outcomes).toBe(2);
  await Promise.all([sampler.close(), judge.close(), decoder.close()]);
});

test("a checkpoint of another vocabulary is refused", async () => {
  const folder = copyOf("judge");
  const file = join(folder, "checkpoint.json");
  writeFileSync(file, readFileSync(file, "utf8").replace('"vocabulary_size": 36', '"vocabulary_size": 40'));
  await expect(openBundledJudge(folder)).rejects.toThrow(
    "expected 36 word ids and prompts of 8, got 40 and 8",
  );
  rmSync(folder, { recursive: true });
});
