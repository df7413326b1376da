import { describe, expect, it } from "vitest";
import type { MiningConfig } from "../../../src/config/round-schema.js";
import type { LabelledCandidate } from "../../../src/stages/pairs/label.js";
import { minePairs } from "../../../src/stages/pairs/mine.js";

function candidates(scores: readonly number[]): LabelledCandidate[] {
  return scores.map((score, seed) => ({ id: `c${seed}`, seed, score, label: score >= 0.5 ? "yes" : "no" }));
}
const random = (pairsPerPrompt: number): MiningConfig => ({ policy: "random-yes-no", pairsPerPrompt });
const extremes = (margin: number): MiningConfig => ({ policy: "best-versus-worst", margin });

function mined(scores: readonly number[], mining: MiningConfig, seed = 0) {
  const found = minePairs(candidates(scores), mining, seed);
  if (typeof found === "string") throw new Error(`no pair: ${found}`);
  return found;
}

describe("minePairs", () => {
  it.each([
    [[1, 1], "only-yes"],
    [[0, 0, 0], "only-no"],
    [[], "no-labels"],
  ])("drops a prompt with the scores %j as %s", (scores, reason) => {
    expect(minePairs(candidates(scores), random(3), 0)).toBe(reason);
    expect(minePairs(candidates(scores), extremes(0), 0)).toBe(reason);
  });

  it("pairs yes with no, each pair once, every image as evenly as possible", () => {
    const pairs = mined([1, 1, 0, 0, 0, 0], random(8));
    expect(pairs.every(({ chosen, rejected }) => chosen.score === 1 && rejected.score === 0)).toBe(true);
    expect(new Set(pairs.map(({ chosen, rejected }) => `${chosen.id} ${rejected.id}`)).size).toBe(8);
    const four = mined([1, 1, 0, 0, 0, 0], random(4));
    expect(new Set(four.map(({ rejected }) => rejected.id)).size).toBe(4);
  });

  it("never gives more pairs than there are", () => {
    expect(mined([1, 1, 0], random(9))).toHaveLength(2);
  });

  it("follows from ids and seed alone, and the seed matters", () => {
    const scores = [1, 1, 1, 1, 0, 0, 0, 0];
    const reversed = minePairs([...candidates(scores)].reverse(), random(2), 5);
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
    expect(minePairs(candidates([0.6, 0.9, 0.4, 0.1]), extremes(0.81), 0)).toBe("below-margin");
  });
});
