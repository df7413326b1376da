import { expect, test } from "vitest";
import { evaluateCheckpoint } from "../../../src/stages/evaluation/evaluate-checkpoint.js";
import { evaluationImages } from "../../../src/stages/evaluation/images.js";
import { overlapNotes, overlapOf } from "../../../src/stages/evaluation/leaks.js";
import type { SetImage } from "../../../src/stages/image-overlap.js";
import { storePrompts } from "../../../src/stages/prompts/store-prompts.js";
import { FakeDetector } from "../../../src/testing.js";
import { type Bench, fakeSource, openBench, starPrompts } from "../stage-place.js";

const prompts = starPrompts(3);

function evaluate(bench: Bench, label: string, trainedOn?: () => AsyncIterable<SetImage>) {
  return evaluateCheckpoint(bench.place, {
    ...bench,
    ...{ name: "evaluation-plain", label, verifier: { kind: "none" }, source: fakeSource(), judge: null },
    images: evaluationImages(prompts, { perPrompt: 4 }, 0),
    detector: new FakeDetector(() => []),
    ...{ seed: 1, purpose: "evaluation", shardImages: 16 },
    ...(trainedOn ? { trainedOn } : {}),
  });
}

test("an evaluation says how many of its images the checkpoint was trained on", async () => {
  const bench = openBench();
  await storePrompts(bench.place, { name: "prompts", prompts, origin: "test" });
  const untrained = await evaluate(bench, "base");
  expect(untrained.summary).not.toHaveProperty("trainingImages");
  const [first, second] = [...bench.store.evaluations.items(untrained.id)].map(
    ({ candidateId }) => candidateId,
  );
  const trained = await evaluate(bench, "round 1", async function* () {
    for (const id of [first, second]) {
      const place = bench.store.candidates.find(id ?? "") as { file: string; row: number };
      const { tokens } = await bench.files.read(place);
      // Of the same tokens, whatever the pixels: they may come from another decoder.
      yield { tokens, pixels: { width: 1, height: 1, data: new Uint8Array(3) } };
    }
  });
  const overlap = overlapOf(trained);
  expect(overlap).toMatchObject({ images: 12, identical: 2 });
  expect(overlapNotes("round 1", overlap)).toEqual([
    expect.stringMatching(/^Of the 12 images of round 1, 2 are token for token/),
  ]);
  expect(overlapNotes("base", overlapOf(untrained))).toEqual([]);
});
