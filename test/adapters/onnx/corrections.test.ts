import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { OnnxSampler } from "../../../src/adapters/onnx/sampler.js";
import { CheckpointError } from "../../../src/errors.js";
import type { Candidate, SamplerSettings } from "../../../src/records/candidate.js";
import type { Reason } from "../../../src/records/reasons.js";
import type { Correction, Path } from "../../../src/records/seams.js";
import { encodePrompt } from "../../../src/scenes/language/vocabulary.js";
import { replay } from "../../../src/search/replay.js";
import { fakePrompt } from "../../../src/testing.js";
import { copyOf, models } from "./models.js";

const SETTINGS: SamplerSettings = { steps: 6, guidanceScale: 1.5, temperature: 1.5, schedule: "cosine" };
const ring = fakePrompt("a photo of a ring");
const stars = fakePrompt("a photo of two red stars");

const open = (slots = 4, folder = models("corrector")) =>
  OnnxSampler.open(folder, { settings: SETTINGS, slots, threads: 1, encodePrompt, image });

const image = (tokens: Uint16Array) => ({
  tokens,
  pixels: () => Promise.reject(new Error("no decoder here")),
});

const correction = (first: number, ...reasons: Reason[]): Correction => ({
  image: image(Uint16Array.from({ length: 64 }, (_, position) => (first + position) % 32)),
  reasons,
});

let sampler: OnnxSampler;
beforeAll(async () => {
  sampler = await open();
});
afterAll(() => sampler.close());

async function run(path: Path, on = sampler): Promise<Candidate> {
  while (!path.done) await on.advance([path]);
  return on.finish([path])[0] as Candidate;
}

describe("a corrected path", () => {
  test("is decided by image and reasons too, and says so in its candidate", async () => {
    const plain = await run(sampler.open(ring, 11));
    expect(plain.correction).toBeUndefined();
    const corrected = await run(sampler.open(ring, 11, correction(3, "first missing")));
    expect(corrected.correction).toEqual({
      tokens: [...correction(3).image.tokens],
      reasons: ["first missing"],
    });
    expect(await run(sampler.open(ring, 11, correction(3, "first missing")))).toEqual(corrected);
    const others = [correction(4, "first missing"), correction(3, "first too many"), correction(3)];
    const all = [plain, corrected];
    for (const other of others) all.push(await run(sampler.open(ring, 11, other)));
    expect(new Set(all.map(({ id }) => id)).size).toBe(5);
    expect(new Set(all.map(({ tokens }) => tokens.join())).size).toBe(5);
  });

  test("does not depend on the order of the reasons, nor on later changes of the image", async () => {
    const given = correction(3, "second wrong color", "first missing", "first missing");
    const path = sampler.open(ring, 12, given);
    given.image.tokens.fill(0);
    const again = sampler.open(ring, 12, correction(3, "first missing", "second wrong color"));
    expect(await run(path)).toEqual(await run(again));
  });

  test("comes out the same alone and among plain and other corrected ones, under any slot count", async () => {
    const mixture = (on: OnnxSampler) => [
      on.open(stars, 1),
      on.open(ring, 2, correction(9, "first wrong color")),
      on.open(ring, 3),
      on.open(stars, 4, correction(20, "first too few", "second missing")),
      on.open(ring, 5, correction(1)),
    ];
    const alone: Candidate[] = [];
    for (const path of mixture(sampler)) alone.push(await run(path));
    for (const slots of [1, 2, 3, 8]) {
      const other = await open(slots);
      const paths = mixture(other);
      // A second round over the same slots, in another order: nothing of an earlier path may be left in them.
      const order = [...paths].reverse();
      while (paths.some((path) => !path.done)) await other.advance(paths[0]?.step === 3 ? order : paths);
      expect(other.finish(paths)).toEqual(alone);
      await other.close();
    }
  });

  test("passes its correction on to its forks", async () => {
    const path = sampler.open(ring, 5, correction(7, "first missing"));
    for (let step = 0; step < 3; step++) await sampler.advance([path]);
    const fork = await run(sampler.fork(path, 6, 0));
    const plain = sampler.open(ring, 5);
    for (let step = 0; step < 3; step++) await sampler.advance([plain]);
    const plainFork = await run(sampler.fork(plain, 6, 0));
    expect(fork.correction?.reasons).toEqual(["first missing"]);
    expect(fork.tokens).not.toEqual(plainFork.tokens);
    sampler.drop([path, plain], "");
  });

  test("is replayed: finished, dropped and forked", async () => {
    const finished = await run(sampler.open(stars, 31, correction(2, "first too many")));
    const cut = sampler.open(stars, 32, correction(2));
    for (let step = 0; step < 4; step++) await sampler.advance([cut]);
    const forked = await run(sampler.fork(cut, 33, 0.25));
    const [dropped] = sampler.drop([cut], "unclear");
    for (const stored of [finished, dropped as Candidate, forked]) {
      expect(await replay(sampler, stored, stars)).toEqual({ candidate: stored, same: true, differing: [] });
    }
    const { correction: _, ...without } = finished;
    expect(await replay(sampler, without, stars)).toMatchObject({ same: false });
  });
});

describe("a correction is refused", () => {
  test("by a checkpoint that was not trained for it, which then still draws", async () => {
    const plain = await open(2, models("generator"));
    expect(() => plain.open(ring, 1, correction(3))).toThrow(CheckpointError);
    expect(() => plain.open(ring, 1, correction(3))).toThrow(/generator was not trained to correct images/);
    expect((await run(plain.open(ring, 1), plain)).status).toBe("finished");
    await plain.close();
  });

  test("when the image is unfinished or of another size", () => {
    const unfinished = correction(3);
    unfinished.image.tokens[5] = 32;
    expect(() => sampler.open(ring, 1, unfinished)).toThrow(/got 32 at position 5. Give a finished image/);
    const small = { image: image(new Uint16Array(16)), reasons: [] };
    expect(() => sampler.open(ring, 1, small)).toThrow(/64 tokens, got 16/);
  });

  test("together with its checkpoint, when that was trained with other reasons", async () => {
    const folder = copyOf("corrector");
    const file = join(folder, "checkpoint.json");
    const record = JSON.parse(readFileSync(file, "utf8"));
    record.config.correction_reasons = 7;
    writeFileSync(file, JSON.stringify(record));
    await expect(open(2, folder)).rejects.toThrow(/other reasons: expected 10 of them, got 7/);
  });
});
