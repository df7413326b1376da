import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openNextTokenSampler } from "../../../src/adapters/onnx/next-token-sampler.js";
import { pythonCommand } from "../../../src/adapters/python/index.js";
import type { RasterSampler } from "../../../src/decoding/raster-sampler.js";
import { ConfigError } from "../../../src/errors.js";
import { openBundledNextTokenSampler, openBundledSampler } from "../../../src/families/bundled.js";
import { nextTokenFamily } from "../../../src/families/bundled-family.js";
import type { SamplerSettings } from "../../../src/records/candidate.js";
import type { Path } from "../../../src/records/seams.js";
import { fakePrompt } from "../../../src/testing.js";

const RANDOM = fileURLToPath(new URL("../../../python/tests/random_scenes_next_token.py", import.meta.url));
const SETTINGS: SamplerSettings = {
  ...{ steps: 8, guidanceScale: 2, temperature: 0.7, schedule: "raster" },
  ...{ topK: null, topP: 1, preview: "completed" },
};
const MASK = 1024;

interface Draws {
  readonly texts: readonly number[][];
  readonly seeds: readonly number[];
  readonly codes: readonly number[][];
  readonly likeliest: readonly number[][];
}

const folder = mkdtempSync(join(tmpdir(), "espalier-onnx-next-token-"));
let draws: Draws;
beforeAll(async () => {
  await execa(pythonCommand(), [RANDOM, folder]);
  draws = JSON.parse(readFileSync(join(folder, "draws.json"), "utf8"));
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Prompts are numbers of the texts that were drawn elsewhere. */
async function open(settings: Partial<SamplerSettings> = {}, slots = 3): Promise<RasterSampler> {
  return openNextTokenSampler(folder, {
    settings: { ...SETTINGS, ...settings },
    slots,
    threads: 1,
    encodePrompt: (text) => draws.texts[Number(text)] as number[],
    image: (tokens) => ({ tokens, pixels: () => Promise.reject(new Error("Nobody looks.")) }),
  });
}

async function codesOf(sampler: RasterSampler, numbers: readonly number[]) {
  const paths = numbers.map((text) => sampler.open(fakePrompt(String(text)), draws.seeds[text] as number));
  while (paths.some((path) => !path.done)) await sampler.advance(paths.filter((path) => !path.done));
  return sampler.finish(paths).map(({ tokens }) => [...tokens]);
}

describe("the bundled next-token generator in Node", () => {
  it("draws what PyTorch draws, code for code", async () => {
    const sampler = await open();
    expect(await codesOf(sampler, [0, 1, 2])).toEqual(draws.codes);
    expect(sampler.nfe).toBe(3 * 8 * 16);
    await sampler.close();
  });

  it("takes the likeliest codes at temperature 0", async () => {
    const sampler = await open({ temperature: 0 }, 2);
    expect(await codesOf(sampler, [0, 1, 2])).toEqual(draws.likeliest);
    await sampler.close();
  });

  it("draws a path the same when others take its slot, and after somebody looked at its end", async () => {
    const sampler = await open({}, 1);
    const [first, second] = [0, 1].map((text) => {
      return sampler.open(fakePrompt(String(text)), draws.seeds[text] as number);
    }) as [Path, Path];
    for (let row = 0; row < 8; row++) {
      await sampler.advance([first]);
      if (row < 7) {
        const [preview] = await sampler.preview([first]);
        expect([...(preview?.tokens ?? [])]).not.toContain(MASK);
      }
      await sampler.advance([second]);
    }
    const [one, two] = sampler.finish([first, second]);
    expect([...(one?.tokens ?? [])]).toEqual(draws.codes[0]);
    expect([...(two?.tokens ?? [])]).toEqual(draws.codes[1]);
    await sampler.close();
  });

  it("goes on from a fork's rows", async () => {
    const sampler = await open();
    const path = sampler.open(fakePrompt("2"), 5);
    for (let row = 0; row < 4; row++) await sampler.advance([path]);
    const fork = sampler.fork(path, draws.seeds[2] as number, 1);
    expect(fork.step).toBe(0);
    while (!fork.done) await sampler.advance([fork]);
    expect([...(sampler.finish([fork])[0]?.tokens ?? [])]).toEqual(draws.codes[2]);
    await sampler.close();
  });

  it("refuses filters, and a generator of the other order", async () => {
    await expect(open({ topK: 5 })).rejects.toThrow(ConfigError);
    const decoder = await nextTokenFamily().openDecoder("data/models/scenes-tokenizer");
    const how = { decoder, settings: SETTINGS };
    await expect(openBundledNextTokenSampler("data/models/scenes-base", how)).rejects.toThrow('to "bundled"');
    await expect(openBundledSampler(folder, { decoder })).rejects.toThrow('to "bundled-next-token"');
    await decoder.close();
  });

  it("decodes what is not drawn as grey", async () => {
    const decoder = await nextTokenFamily().openDecoder("data/models/scenes-tokenizer");
    const whole = Uint16Array.from(draws.codes[0] as number[]);
    const part = whole.map((code, place) => (place < 56 ? code : MASK));
    const [drawn, nothing, full] = await decoder.decode([part, new Uint16Array(64).fill(MASK), whole]);
    const rows = (from: number, to: number, data = drawn?.data) => [
      ...(data ?? []).slice(from * 192, to * 192),
    ];
    expect(new Set(rows(56, 64))).toEqual(new Set([127]));
    expect(new Set(nothing?.data)).toEqual(new Set([127]));
    // A decoder looks a few tokens around: the first rows do not see what is missing.
    expect(rows(0, 16)).toEqual(rows(0, 16, full?.data));
    await decoder.close();
  });
});
