import { describe, expect, it } from "vitest";
import type { MaskedPath } from "../../src/decoding/path.js";
import { STREAMS, uniform } from "../../src/decoding/randomness.js";
import { RasterSampler, type RasterStepRunner } from "../../src/decoding/raster-sampler.js";
import { CheckpointError, ConfigError } from "../../src/errors.js";
import type { SamplerSettings } from "../../src/records/candidate.js";
import type { Path } from "../../src/records/seams.js";
import { replay } from "../../src/search/replay.js";
import { search } from "../../src/search/scheduling/scheduler.js";
import { attempts } from "../../src/search/strategy.js";
import { FakeJudge, fakePrompt, scoreByHash } from "../../src/testing.js";
import { strategiesUnder } from "../search/every-strategy.js";

const [SIDE, TOKENS, MASK] = [4, 16, 100];
const SETTINGS: SamplerSettings = {
  ...{ steps: SIDE, guidanceScale: 5, temperature: 1, schedule: "raster" },
  ...{ topK: null, topP: 1, preview: "drawn" },
};

/** Draws each code of a row from the seed, its place and all codes before it. */
class HashedRows implements RasterStepRunner {
  readonly batches: number[] = [];

  async run(paths: readonly MaskedPath[]) {
    this.batches.push(paths.length);
    const drawn = new Int32Array(paths.length * TOKENS).fill(MASK);
    for (const [row, path] of paths.entries()) drawn.set(rowOf(path), row * TOKENS);
    return { drawn, logProbability: new Float32Array(drawn.length) };
  }

  async complete(paths: readonly MaskedPath[]) {
    return Int32Array.from(
      paths.flatMap(({ tokens }) => Array.from(tokens, (code) => (code === MASK ? 7 : code))),
    );
  }

  async close() {}
}

function rowOf(path: MaskedPath): Int32Array {
  const grid = Int32Array.from(path.tokens);
  let before = path.prompt.text.length;
  for (let place = 0; place < (path.step + 1) * SIDE; place++) {
    if (place >= path.step * SIDE) {
      grid[place] = Math.floor(uniform(path.seed, before, place, STREAMS.draw) * MASK);
    }
    before = (before * 31 + (grid[place] as number)) % 65_536;
  }
  return grid;
}

function sampler(
  settings: Partial<SamplerSettings> = {},
  slots = 3,
  steps: RasterStepRunner = new HashedRows(),
) {
  return new RasterSampler({
    settings: { ...SETTINGS, ...settings },
    checkpoint: "c".repeat(64),
    slots,
    evaluationsPerStep: 8,
    grid: { tokens: TOKENS, mask: MASK },
    steps,
    refuseCorrection: () => {
      throw new CheckpointError("It cannot correct.");
    },
    encodePrompt: () => [],
    image: (tokens) => ({ tokens, pixels: () => Promise.reject(new Error("Nobody looks.")) }),
  });
}

async function advanced(made: RasterSampler, path: Path, steps: number) {
  for (let step = 0; step < steps; step++) await made.advance([path]);
  return path;
}

describe("a sampler in raster order", () => {
  it("draws a row a step, and shows what is drawn with the rest left out", async () => {
    const made = sampler();
    const path = made.open(fakePrompt("a"), 5);
    await expect(made.preview([path])).rejects.toThrow("has not taken a step");
    await advanced(made, path, 2);
    const [preview] = await made.preview([path]);
    expect([...(preview?.tokens ?? [])].map((code) => code === MASK)).toEqual([
      ...Array(8).fill(false),
      ...Array(8).fill(true),
    ]);
    expect([...(preview?.settled ?? [])]).toEqual([...Array(8).fill(1), ...Array(8).fill(0)]);
    await advanced(made, path, 2);
    const [candidate] = made.finish([path]);
    expect([...(candidate?.committedAt ?? [])]).toEqual([0, 1, 2, 3].flatMap((row) => Array(SIDE).fill(row)));
    expect(candidate).toMatchObject({ status: "finished", steps: 4, nfe: 32, settings: SETTINGS });
  });

  it("shows the likeliest whole image where that is asked for, counts it, and goes on as if nobody had looked", async () => {
    const looked = sampler({ preview: "completed" });
    const path = await advanced(looked, looked.open(fakePrompt("a"), 5), 2);
    const [preview] = await looked.preview([path]);
    expect([...(preview?.tokens ?? [])].slice(8)).toEqual(Array(8).fill(7));
    expect(path.nfe).toBe(4 * 8);
    const [seen] = looked.finish([await advanced(looked, path, 2)]);
    const other = sampler({ preview: "completed" });
    const [unseen] = other.finish([await advanced(other, other.open(fakePrompt("a"), 5), 4)]);
    expect(seen?.tokens).toEqual(unseen?.tokens);
    expect(seen?.id).toBe(unseen?.id);
  });

  it("forks by drawing the last rows again under another seed, and replays that", async () => {
    const made = sampler();
    const path = await advanced(made, made.open(fakePrompt("a"), 5), 4);
    const fork = made.fork(path, 9, 0.5);
    expect(fork).toMatchObject({ step: 2, done: false, nfe: 0 });
    const [whole] = made.finish([path]);
    const [forked] = made.finish([await advanced(made, fork, 2)]);
    expect(forked?.tokens.slice(0, 8)).toEqual(whole?.tokens.slice(0, 8));
    expect(forked?.tokens.slice(8)).not.toEqual(whole?.tokens.slice(8));
    expect(await replay(sampler(), forked as never, fakePrompt("a"))).toMatchObject({ same: true });
    expect(made.fork(await advanced(made, made.open(fakePrompt("a"), 5), 3), 2, 1)).toMatchObject({
      step: 0,
    });
  });

  it("keeps the rows that a dropped path had, under an id of its own", async () => {
    const made = sampler();
    const [dropped] = made.drop([await advanced(made, made.open(fakePrompt("a"), 5), 1)], "enough");
    const [finished] = made.finish([await advanced(made, made.open(fakePrompt("a"), 5), 4)]);
    expect(dropped?.tokens.slice(0, 4)).toEqual(finished?.tokens.slice(0, 4));
    expect(new Set(dropped?.tokens.slice(4))).toEqual(new Set([MASK]));
    expect(dropped?.id).not.toBe(finished?.id);
  });

  it("gives other filters other ids", async () => {
    const ids = await Promise.all(
      [{}, { topK: 5 }, { topP: 0.5 }, { temperature: 0.5 }].map(async (settings) => {
        const made = sampler(settings);
        return made.finish([await advanced(made, made.open(fakePrompt("a"), 5), 4)])[0]?.id;
      }),
    );
    expect(new Set(ids).size).toBe(4);
  });

  it("refuses steps that are not the rows, and codes that are none", async () => {
    expect(() => sampler({ steps: 5 })).toThrow(ConfigError);
    expect(() => sampler({ steps: 5 })).toThrow(
      'Expected "sampler.steps" to be 4, the rows of an image of 16 tokens',
    );
    const nothing = new HashedRows();
    nothing.run = async () => ({
      drawn: new Int32Array(TOKENS).fill(MASK),
      logProbability: new Float32Array(TOKENS),
    });
    const made = sampler({}, 1, nothing);
    await expect(made.advance([made.open(fakePrompt("a"), 1)])).rejects.toThrow(
      "drew the code 100 at position 0",
    );
  });
});

describe("every search in raster order", () => {
  const tasks = [...attempts(["a", "b", "c"].map(fakePrompt), 2)];
  // Nobody corrects these images, as PARM++ asks for.
  const { parmPlusPlus: _, ...others } = strategiesUnder({});
  const strategies = Object.entries(others);

  it.each(strategies)("%s: the same whatever its slots and company", async (_name, strategy) => {
    const found = [];
    for (const [slots, batch] of [
      [1, 1],
      [3, 2],
      [8, 16],
    ] as const) {
      const steps = new HashedRows();
      const outcomes = [];
      const options = {
        sampler: sampler({}, slots, steps),
        judge: new FakeJudge(scoreByHash, batch),
        strategy,
      };
      for await (const outcome of search(tasks, options)) outcomes.push(outcome);
      expect(Math.max(...steps.batches)).toBeLessThanOrEqual(slots);
      found.push(outcomes);
    }
    expect(found[0]).toHaveLength(tasks.length);
    expect(found[1]).toEqual(found[0]);
    expect(found[2]).toEqual(found[0]);
  });
});
