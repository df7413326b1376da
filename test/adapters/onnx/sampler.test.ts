import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { OnnxSampler } from "../../../src/adapters/onnx/sampler.js";
import { CheckpointError, ConfigError, PromptError } from "../../../src/errors.js";
import { type Candidate, NEVER_COMMITTED, type SamplerSettings } from "../../../src/records/candidate.js";
import type { Path } from "../../../src/records/seams.js";
import { encodePrompt } from "../../../src/scenes/language/vocabulary.js";
import { replay } from "../../../src/search/replay.js";
import { search } from "../../../src/search/scheduling/scheduler.js";
import { plain } from "../../../src/search/strategies/plain.js";
import { attempts } from "../../../src/search/strategy.js";
import { fakePrompt } from "../../../src/testing.js";
import { models } from "./models.js";

const SETTINGS: SamplerSettings = { steps: 6, guidanceScale: 1.5, temperature: 1.5, schedule: "cosine" };
const MASK = 32;
const ring = fakePrompt("a photo of a ring");
const stars = fakePrompt("a photo of two red stars");

const open = (slots = 4, settings = SETTINGS) =>
  OnnxSampler.open(models("generator"), {
    settings,
    slots,
    threads: 1,
    encodePrompt,
    image: (tokens) => ({ tokens, pixels: () => Promise.reject(new Error("no decoder here")) }),
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

describe("a path", () => {
  test("commits the schedule's number of tokens a step and never changes a known one", async () => {
    const path = sampler.open(ring, 11);
    const committed: number[] = [];
    let known = new Map<number, number>();
    while (!path.done) {
      await sampler.advance([path]);
      const { tokens } = path as never as { tokens: Uint16Array };
      for (const [position, token] of known) expect(tokens[position]).toBe(token);
      known = new Map([...tokens.entries()].filter(([, token]) => token !== MASK));
      committed.push(known.size);
    }
    // 64 * cos(pi / 2 * t / 6) masked: 61, 55, 45, 32, 16, 0.
    expect(committed).toEqual([3, 9, 19, 32, 48, 64]);
    const candidate = sampler.finish([path])[0] as Candidate;
    expect([...candidate.committedAt].filter((step) => step === 0).length).toBe(3);
    expect(candidate).toMatchObject({ status: "finished", steps: 6, seed: 11, promptId: ring.id });
    expect(candidate.tokens.every((token) => token < MASK)).toBe(true);
  });

  test("is decided by prompt, seed and settings", async () => {
    const first = await run(sampler.open(ring, 11));
    expect(await run(sampler.open(ring, 11))).toEqual(first);
    const others = [await run(sampler.open(ring, 12)), await run(sampler.open(stars, 11))];
    const warmer = await open(4, { ...SETTINGS, guidanceScale: 0 });
    others.push(await run(warmer.open(ring, 11), warmer));
    await warmer.close();
    for (const other of others) {
      expect(other.id).not.toBe(first.id);
      expect(other.tokens).not.toEqual(first.tokens);
    }
  });

  test("comes out the same alone, among others, in any row and under any slot count", async () => {
    const alone = await run(sampler.open(ring, 21));
    for (const slots of [1, 3, 7, 16]) {
      const other = await open(slots);
      const paths = Array.from({ length: 5 }, (_, index) =>
        other.open(index % 2 ? stars : ring, 100 + index),
      );
      paths.splice(slots % 5, 0, other.open(ring, 21));
      while (paths.some((path) => !path.done)) await other.advance(paths);
      expect(other.finish(paths)[slots % 5]).toEqual(alone);
      await other.close();
    }
  });

  test("comes out of the scheduler as it does alone, whatever is in flight", async () => {
    const tasks = () => attempts([ring, stars, fakePrompt("a star above a ring")], 2);
    const strategy = plain({ candidates: 3, seed: 9 });
    const found: Candidate[][] = [];
    for (const maximumInFlight of [1, 6]) {
      const all: Candidate[] = [];
      for await (const outcome of search(tasks(), { sampler, strategy, maximumInFlight })) {
        all.push(...outcome.candidates);
      }
      found.push(all);
    }
    expect(found[0]?.length).toBe(18);
    expect(found[1]).toEqual(found[0]);
    const third = found[0]?.[2] as Candidate;
    expect(await run(sampler.open(ring, third.seed))).toEqual(third);
  });
});

describe("preview", () => {
  test("is the whole predicted grid, known tokens included, and the image at the end", async () => {
    const path = sampler.open(stars, 3);
    await expect(sampler.preview([path])).rejects.toThrow("has not taken a step");
    await sampler.advance([path]);
    const [early] = await sampler.preview([path]);
    // 61 of 64 tokens are masked after the first of six steps.
    expect(early?.settled?.filter((flag) => flag === 1)).toHaveLength(3);
    const { tokens } = path as never as { tokens: Uint16Array };
    for (const [position, token] of tokens.entries()) {
      if (token !== MASK) expect(early?.tokens[position]).toBe(token);
    }
    const seen = early?.tokens.slice();
    const candidate = await run(path);
    expect(early?.tokens).toEqual(seen);
    expect(candidate.tokens).not.toEqual(seen);
  });
});

describe("fork", () => {
  test("without re-masking goes on from the same state under another seed", async () => {
    const path = sampler.open(ring, 5);
    for (let step = 0; step < 3; step++) await sampler.advance([path]);
    const fork = sampler.fork(path, 6, 0);
    expect(fork).toMatchObject({ step: 3, seed: 6, nfe: 0 });
    const [original, forked] = [await run(path), await run(fork)];
    expect(forked.id).not.toBe(original.id);
    expect(forked).toMatchObject({ seed: 5, forks: [{ step: 3, remask: 0, seed: 6 }] });
    const early = [...original.committedAt.keys()].filter((at) => (original.committedAt[at] as number) < 3);
    expect(early.length).toBe(19);
    for (const position of early) expect(forked.tokens[position]).toBe(original.tokens[position]);
    expect(forked.tokens).not.toEqual(original.tokens);
  });

  test("with re-masking masks that share again and goes back in the schedule", async () => {
    const path = sampler.open(ring, 5);
    for (let step = 0; step < 5; step++) await sampler.advance([path]);
    const fork = sampler.fork(path, 6, 0.5);
    // 48 committed, 24 of them masked again: 40 masked, and the schedule has 45 after 3 steps.
    expect(fork.step).toBe(3);
    const { tokens, committedAt } = fork as never as Candidate;
    expect([...tokens].filter((token) => token === MASK).length).toBe(40);
    expect([...committedAt].filter((step) => step !== NEVER_COMMITTED).every((step) => step < 3)).toBe(true);
    expect((await run(fork)).tokens.every((token) => token < MASK)).toBe(true);
    expect(path).toMatchObject({ step: 5 });
    sampler.drop([path], "");
  });

  test("that falls back to step 0 keeps the tokens it has left, whatever ran beside it", async () => {
    const forked = async (neighbours: number) => {
      const path = sampler.open(ring, 5);
      await sampler.advance([path]);
      const fork = sampler.fork(path, 6, 0.5);
      // One of its two tokens is left: the schedule has 63 masked before the first step's end.
      expect(fork.step).toBe(0);
      const given = [...(fork as never as Candidate).tokens];
      const committed = [...(fork as never as Candidate).committedAt];
      const others = Array.from({ length: neighbours }, (_, seed) => sampler.open(stars, 100 + seed));
      await sampler.advance([...others, fork]);
      sampler.drop([path, ...others], "");
      const candidate = await run(fork);
      const kept = [...given.keys()].filter((at) => (given[at] as number) < MASK);
      expect(kept).toHaveLength(1);
      // There is nothing before step 0: a token kept from then counts as committed in it.
      for (const at of kept) expect([candidate.tokens[at], committed[at]]).toEqual([given[at], 0]);
      return candidate;
    };
    const alone = await forked(0);
    for (const neighbours of [1, 3]) expect(await forked(neighbours)).toEqual(alone);
  });

  test("of a finished image with everything masked again is a fresh start", async () => {
    const path = sampler.open(ring, 5);
    while (!path.done) await sampler.advance([path]);
    const fork = sampler.fork(path, 77, 1);
    expect(fork).toMatchObject({ step: 0, done: false });
    expect((await run(fork)).tokens).toEqual((await run(sampler.open(ring, 77))).tokens);
    expect(() => sampler.fork(path, 1, 1.2)).toThrow(ConfigError);
    sampler.finish([path]);
  });
});

describe("replay", () => {
  test("gives a finished, a dropped and a forked candidate again", async () => {
    const finished = await run(sampler.open(stars, 31));
    const cut = sampler.open(stars, 32);
    for (let step = 0; step < 4; step++) await sampler.advance([cut]);
    const fork = sampler.fork(cut, 33, 0.25);
    const dropped = sampler.drop([cut], "unclear")[0] as Candidate;
    expect(dropped.tokens.every((token) => token < MASK)).toBe(true);
    expect([...dropped.committedAt].filter((step) => step === NEVER_COMMITTED).length).toBe(32);
    const forked = await run(fork);
    for (const stored of [finished, dropped, forked]) {
      const again = await replay(sampler, stored, stars);
      expect(again).toEqual({ candidate: stored, same: true, differing: [] });
    }
  });

  test("names the tokens that differ", async () => {
    const stored = await run(sampler.open(stars, 31));
    const tampered = { ...stored, tokens: stored.tokens.slice() };
    tampered.tokens[9] = ((tampered.tokens[9] as number) + 1) % MASK;
    expect(await replay(sampler, tampered, stars)).toMatchObject({ same: false, differing: [9] });
  });

  test("refuses a sampler with other settings", async () => {
    const stored = await run(sampler.open(stars, 31));
    const other = { ...stored, settings: { ...stored.settings, steps: 9 } };
    await expect(replay(sampler, other, stars)).rejects.toThrow(CheckpointError);
  });
});

test("evaluations are counted by path: two branches a step, idle rows free", async () => {
  const fresh = await open(8);
  const path = fresh.open(ring, 1);
  await fresh.advance([path]);
  await fresh.advance([path]);
  expect([path.nfe, fresh.nfe]).toEqual([4, 4]);
  await fresh.close();
});

test("calls made at the same time take turns", async () => {
  const paths = [sampler.open(ring, 41), sampler.open(stars, 42)] as const;
  for (let step = 0; step < 6; step++) await Promise.all(paths.map((path) => sampler.advance([path])));
  const [first, second] = sampler.finish(paths);
  expect(first).toEqual(await run(sampler.open(ring, 41)));
  expect(second).toEqual(await run(sampler.open(stars, 42)));
});

describe("misuse is refused", () => {
  test("of paths", async () => {
    const path = sampler.open(ring, 1);
    await expect(sampler.advance([path, path])).rejects.toThrow("twice in one call");
    expect(() => sampler.finish([path])).toThrow("at step 0 of 6");
    sampler.drop([path], "test");
    await expect(sampler.advance([path])).rejects.toThrow("finished or dropped already");
    expect(() => sampler.drop([path], "again")).toThrow("finished or dropped already");
  });

  test("of seeds, prompts and corrections", () => {
    for (const seed of [-1, 1.5, 2 ** 32]) expect(() => sampler.open(ring, seed)).toThrow(ConfigError);
    expect(() => sampler.open(fakePrompt("a giraffe"), 1)).toThrow(PromptError);
    const correction = {
      image: { tokens: new Uint16Array(64), pixels: async () => ({}) as never },
      reasons: [],
    };
    expect(() => sampler.open(ring, 1, correction)).toThrow(CheckpointError);
  });

  test("of settings", async () => {
    for (const wrong of [{ steps: 65 }, { steps: 0 }, { temperature: -1 }, { guidanceScale: Number.NaN }]) {
      await expect(open(4, { ...SETTINGS, ...wrong })).rejects.toThrow(ConfigError);
    }
  });
});
