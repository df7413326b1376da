import { describe, expect, it } from "vitest";
import { sampleCandidates } from "../../../src/stages/candidates/sample-candidates.js";
import { storePrompts } from "../../../src/stages/prompts/store-prompts.js";
import { FakeSampler } from "../../../src/testing.js";
import { type Bench, fakeSource, openBench, starPrompts } from "../stage-place.js";

const prompts = starPrompts(3);
const forks = { each: 3, after: [1, 3] };

/** Seven images of each prompt, of which every three leave one path: after step 1, after step 3, after step 1. */
async function sample(bench: Bench, source = fakeSource(new FakeSampler({ steps: 4 })), more: object = {}) {
  await storePrompts(bench.place, { name: "prompts", prompts, origin: "test" });
  const params = {
    ...{ prompts, images: { perPrompt: 7 }, forks, source, files: bench.files, seed: 1, purpose: "round 1" },
    shardImages: 8,
    ...more,
  };
  const stage = await sampleCandidates(bench.place, params);
  const found = [];
  for (const { file, row, ...known } of bench.store.candidates.iterate(stage.id)) {
    found.push({ ...known, ...(await bench.files.read({ file, row })) });
  }
  return found;
}

describe("forked candidates", () => {
  it("share the tokens of their first steps, and part after them", async () => {
    const candidates = await sample(openBench());
    expect(candidates).toHaveLength(21);
    expect(new Set(candidates.map(({ id }) => id)).size).toBe(21);
    const ofFirst = candidates.filter(({ promptId }) => promptId === prompts[0]?.id);
    expect(ofFirst.map(({ forks }) => forks?.[0]?.step)).toEqual([
      undefined,
      1,
      1,
      undefined,
      3,
      3,
      undefined,
    ]);
    let [shared, parted] = [0, 0];
    for (const [first, step] of [
      [0, 1],
      [3, 3],
    ] as const) {
      const [path, ...branches] = ofFirst.slice(first, first + 3) as typeof ofFirst;
      for (const branch of branches) {
        expect(branch.seed).toBe(path?.seed);
        for (const [at, committed] of (path?.committedAt ?? []).entries()) {
          if (committed >= step) parted += Number(branch.tokens[at] !== path?.tokens[at]);
          else {
            shared += 1;
            expect([branch.tokens[at], branch.committedAt[at]]).toEqual([path?.tokens[at], committed]);
          }
        }
      }
    }
    expect([shared > 0, parted > 0]).toEqual([true, true]);
  });

  it("are the same however many are in flight, and when some of a path's are stored already", async () => {
    const whole = await sample(openBench());
    const one = await sample(openBench(), fakeSource(new FakeSampler({ steps: 4, slots: 1 })));
    expect(one).toEqual(whole);
    const bench = openBench();
    // The paths themselves, without their branches.
    const plain = await sample(bench, undefined, { forks: null, images: { perPrompt: 3 } });
    expect(whole.filter(({ forks }) => forks === undefined).map(({ id }) => id)).toEqual(
      plain.map(({ id }) => id),
    );
    expect(await sample(bench)).toEqual(whole);
  });
});
