import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import type { EventOf } from "../../../src/adapters/python/index.js";
import { SampleWatch } from "../../../src/stages/training/sample-watch.js";
import { FakeJudge } from "../../../src/testing.js";
import { FakeProgress } from "../../records/fake-progress.js";
import { starPrompts } from "../stage-place.js";

const IMAGES = 24;
const prompts = starPrompts(IMAGES);
const words = (text: string) => Uint16Array.of(Number(/\d+/.exec(text)?.[0]));

/** Images of two tokens: what the training judge sees (token / 100), and what the held-out one sees. */
function samples(step: number, training: number, heldOut: number): EventOf<"samples-end"> {
  const spread = (row: number) => (row % 5) - 2;
  const tokens = prompts.map((_, row) => [training + spread(row), heldOut + spread(row + 1)]);
  return { event: "samples-end", step, text: prompts.map((_, row) => [row]), tokens };
}

function opened(known = prompts) {
  const root = mkdtempSync(join(tmpdir(), "espalier-watch-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const judge = (place: number) =>
    new FakeJudge(({ image }) => {
      const token = image.tokens?.[place];
      if (token === undefined) throw new Error("an image without tokens");
      return { kind: "scored", score: token / 100 };
    });
  const image = (tokens: Uint16Array) => ({ tokens, pixels: () => Promise.reject(new Error("not needed")) });
  const [log, note] = [join(root, "events.jsonl"), vi.fn()];
  const verifiers = { training: judge(0), heldOut: judge(1), image, encodePrompt: words };
  return { watch: new SampleWatch(verifiers, known, log, new FakeProgress({ note })), log, note };
}

const write = (log: string, event: object) => appendFileSync(log, `${JSON.stringify(event)}\n`);

it("notes once that the verifiers part ways, and keeps every step", async () => {
  const { watch, note } = opened();
  watch.hear(samples(0, 40, 60));
  watch.hear(samples(10, 45, 61));
  watch.hear(samples(20, 70, 30));
  watch.hear(samples(30, 80, 20));
  const found = await watch.finish();
  expect(found.map(({ step, over_optimised }) => [step, over_optimised])).toEqual([
    [0, false],
    [10, false],
    [20, true],
    [30, true],
  ]);
  expect(found[2]).toMatchObject({ images: IMAGES });
  expect(found[2]?.training_shift?.mean).toBeCloseTo(0.3);
  expect(note.mock.calls).toHaveLength(1);
  expect(note.mock.calls[0]?.[0]).toContain("at step 20");
});

it("compares with the first samples of a run that was interrupted", async () => {
  const { watch, log, note } = opened();
  write(log, samples(0, 40, 60));
  write(log, { event: "step-end", step: 1 });
  watch.hear(samples(20, 70, 30));
  expect((await watch.finish()).map(({ step }) => step)).toEqual([0, 20]);
  expect(note).toHaveBeenCalledOnce();
});

it("scores no image of a caption that it does not know", async () => {
  const { watch } = opened(prompts.slice(0, 10));
  watch.hear(samples(0, 40, 60));
  watch.hear(samples(20, 70, 30));
  expect((await watch.finish())[1]).toMatchObject({ images: 10, over_optimised: true });
});

it("throws what a verifier throws once the training has ended", async () => {
  const { watch } = opened();
  watch.hear({ ...samples(0, 40, 60), tokens: [] });
  await expect(watch.finish()).rejects.toThrow("an image without tokens");
});
