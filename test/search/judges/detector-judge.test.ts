import { expect, test } from "vitest";
import type { Detection } from "../../../src/records/detection.js";
import type { ImageHandle, Pixels } from "../../../src/records/image.js";
import type { Prompt } from "../../../src/records/prompt.js";
import { detectorJudge } from "../../../src/search/judges/detector-judge.js";
import { FakeDetector, fakePrompt } from "../../../src/testing.js";

const ring: Prompt = {
  ...fakePrompt("a photo of a ring"),
  metadata: { tag: "single_object", include: [{ class: "ring", count: 1 }], prompt: "a photo of a ring" },
};
const found: Detection = { class: "ring", box: [0, 0, 24, 24], score: 0.9, color: "red" };

/** An image whose first byte says what the fake detector sees in it. */
function image(sees: number): ImageHandle {
  const pixels: Pixels = { width: 1, height: 1, data: Uint8Array.of(sees, 0, 0) };
  return { tokens: new Uint16Array(1), pixels: async () => pixels };
}

const detector = new FakeDetector(({ data: [sees] }) => {
  if (sees === 9) throw new Error("cannot see");
  return sees === 1 ? [found] : [];
});

test("GenEval's rules decide, with their reason", async () => {
  const judge = detectorJudge(detector);
  expect(judge.identity).toBe("geneval:fake-detector");
  const verdicts = await judge.ask("outcome", [
    { prompt: ring, image: image(1) },
    { prompt: ring, image: image(0) },
  ]);
  expect(verdicts).toEqual([
    { kind: "scored", score: 1 },
    { kind: "scored", score: 0, reasons: ["first missing"] },
  ]);
});

test("an image that cannot be read or checked fails alone", async () => {
  const undecodable = { tokens: new Uint16Array(1), pixels: () => Promise.reject(new Error("no pixels")) };
  const verdicts = await detectorJudge(detector).ask("outcome", [
    { prompt: ring, image: image(1) },
    { prompt: ring, image: image(9) },
    { prompt: ring, image: undecodable },
    { prompt: fakePrompt("words only"), image: image(1) },
    { prompt: ring, image: image(0) },
  ]);
  expect(verdicts.map((verdict) => (verdict.kind === "scored" ? verdict.score : verdict.kind))).toEqual([
    1,
    "failed",
    "failed",
    "failed",
    0,
  ]);
  expect(verdicts.slice(1, 4)).toMatchObject([
    { reason: "cannot see" },
    { reason: "no pixels" },
    { reason: 'Prompt "words only" has no metadata to check an image against.' },
  ]);
});
