import { describe, expect, it } from "vitest";
import type { MiningConfig } from "../../../src/config/schema/round.js";
import type { Fork } from "../../../src/records/candidate.js";
import type { LabelledCandidate } from "../../../src/stages/pairs/label.js";
import { minePairs, poolOf } from "../../../src/stages/pairs/mine.js";

function candidates(scores: readonly number[]): LabelledCandidate[] {
  return scores.map((score, seed) => ({ id: `c${seed}`, seed, score, label: score >= 0.5 ? "yes" : "no" }));
}
const random = (pairsPerPrompt: number): MiningConfig => ({
  policy: "random-yes-no",
  pairsPerPrompt,
  margin: 0,
});
const extremes = (margin: number, pairsPerPrompt = 1): MiningConfig => ({
  policy: "best-versus-worst",
  pairsPerPrompt,
  margin,
});

function mine(scores: readonly number[], mining: MiningConfig, seed = 0) {
  return minePairs(poolOf(candidates(scores), seed), mining);
}

function mined(...given: Parameters<typeof mine>) {
  const found = mine(...given);
  if (typeof found === "string") throw new Error(`no pair: ${found}`);
  return found;
}

function ids(found: ReturnType<typeof minePairs>) {
  return typeof found === "string" ? found : found.map(({ chosen, rejected }) => [chosen.id, rejected.id]);
}

describe("minePairs", () => {
  it.each([
    [[1, 1], "only-yes"],
    [[0, 0, 0], "only-no"],
    [[], "no-labels"],
  ])("drops a prompt with the scores %j as %s", (scores, reason) => {
    expect(mine(scores, random(3))).toBe(reason);
    expect(mine(scores, extremes(0))).toBe(reason);
  });

  it("pairs yes with no, each pair once, every image as evenly as possible", () => {
    const pairs = mined([1, 1, 0, 0, 0, 0], random(8));
    expect(pairs.every(({ chosen, rejected }) => chosen.score === 1 && rejected.score === 0)).toBe(true);
    expect(new Set(pairs.map(({ chosen, rejected }) => `${chosen.id} ${rejected.id}`)).size).toBe(8);
    const four = mined([1, 1, 0, 0, 0, 0], random(4));
    expect(new Set(four.map(({ rejected }) => rejected.id)).size).toBe(4);
  });

  it("never gives more pairs than there are, nor one below the margin", () => {
    expect(mined([1, 1, 0], random(9))).toHaveLength(2);
    const wide = { policy: "random-yes-no", pairsPerPrompt: 9, margin: 0.5 } as const;
    expect(ids(mine([0.9, 0.6, 0.3], wide))).toEqual([["c0", "c2"]]);
    expect(mine([0.6, 0.3], wide)).toBe("below-margin");
  });

  it("follows from ids and seed alone, and the seed matters", () => {
    const scores = [1, 1, 1, 1, 0, 0, 0, 0];
    const reversed = minePairs(poolOf([...candidates(scores)].reverse(), 5), random(2));
    expect(mined(scores, random(2), 5)).toEqual(reversed);
    const picks = new Set(
      Array.from({ length: 20 }, (_, seed) => mined(scores, random(1), seed)[0]?.chosen.id),
    );
    expect(picks.size).toBe(4);
  });

  it("takes the best yes and the worst no when their margin is wide enough", () => {
    const [pair] = mined([0.6, 0.9, 0.4, 0.1], extremes(0.8));
    expect([pair?.chosen.id, pair?.rejected.id]).toEqual(["c1", "c3"]);
    expect(pair?.margin).toBeCloseTo(0.8, 12);
    expect(mine([0.6, 0.9, 0.4, 0.1], extremes(0.81))).toBe("below-margin");
  });

  it("takes the next best and next worst for more pairs of a prompt, no image twice", () => {
    expect(ids(mine([0.6, 0.9, 0.4, 0.1], extremes(0, 5)))).toEqual([
      ["c1", "c3"],
      ["c0", "c2"],
    ]);
    expect(ids(mine([0.6, 0.9, 0.4, 0.1], extremes(0.3, 5)))).toEqual([["c1", "c3"]]);
  });
});

describe("best-versus-second", () => {
  const policy = { policy: "best-versus-second", margin: 0.05 } as const;
  it("takes the runner-up, also when it is a yes", () => {
    expect(ids(mine([0.6, 0.9, 0.4, 0.8], policy))).toEqual([["c1", "c3"]]);
  });
  it("drops a tie, a step too small, and a prompt without a yes", () => {
    expect(mine([0.9, 0.9, 0.1], policy)).toBe("tie");
    expect(mine([0.9, 0.89, 0.1], policy)).toBe("below-margin");
    expect(mine([0.4, 0.1], policy)).toBe("only-no");
  });
});

describe("hard-negatives", () => {
  const settings = { policy: "hard-negatives", pairsPerPrompt: 2, margin: 0 } as const;
  it("pairs the images with most tokens in common first", () => {
    const tokens = new Map(
      [
        [1, 2, 3, 4],
        [9, 9, 9, 9],
        [1, 2, 3, 0],
        [9, 0, 0, 0],
      ].map((grid, index) => [`c${index}`, Uint16Array.from(grid)]),
    );
    const pool = poolOf(candidates([0.9, 0.8, 0.1, 0.2]), 0, tokens);
    expect(ids(minePairs(pool, { ...settings, nearest: "tokens" }))).toEqual([
      ["c0", "c2"],
      ["c1", "c3"],
    ]);
  });
  it("prefers the wrong image with the fewest reasons against it", () => {
    const faults = [undefined, 3, 1, undefined];
    const pool = candidates([1, 0, 0, 0]).map((one, at) => {
      const count = faults[at];
      return count === undefined ? one : { ...one, faults: count };
    });
    expect(ids(minePairs(poolOf(pool, 0), { ...settings, nearest: "requirements" }))).toEqual([["c0", "c2"]]);
    expect(mine([1, 0], { ...settings, nearest: "requirements" })).toBe("no-reasons");
  });
});

describe("per-step", () => {
  const settings = { policy: "per-step", pairsPerPrompt: 3, margin: 0 } as const;
  const fork = (step: number, seed: number): Fork => ({ step, remask: 0, seed });
  /** One path of seed 7 and its forks; the last was sampled apart. */
  const pool = (["yes", "no", "no", "yes", "no"] as const).map((label, at): LabelledCandidate => {
    const forks = [[], [fork(2, 1)], [fork(5, 2)], [fork(2, 1), fork(4, 3)], []][at] as Fork[];
    const score = label === "yes" ? 1 : 0;
    return { id: `c${at}`, seed: at === 4 ? 8 : 7, checkpoint: "base", score, label, forks };
  });
  it("pairs what went apart from one state, the latest parting first, and records the step", () => {
    const found = minePairs(poolOf(pool, 0), settings);
    expect(ids(found)).toEqual([
      ["c0", "c2"],
      ["c3", "c1"],
    ]);
    expect(typeof found === "string" ? [] : found.map(({ sharedSteps }) => sharedSteps)).toEqual([5, 4]);
  });
  it("gives nothing for images that were sampled apart", () => {
    expect(mine([1, 0], settings)).toBe("no-shared-path");
  });
});
