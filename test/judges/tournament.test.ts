import { expect, test } from "vitest";
import { SimulatedPictures } from "../../scripts/studies/judges-anywhere/simulated-judge.js";
import { rankByPrompt } from "../../src/judges/asking/rank-by-prompt.js";
import { Tournament, type TournamentRules } from "../../src/judges/asking/tournament.js";
import { strengthsOf, surelyStronger, winShare } from "../../src/statistics/bradley-terry.js";

test("strengths are those that the likelihood and the prior balance, and their covariance is the inverse curvature", () => {
  // Two players, one win: d/ds of log sigma(2s) - s^2/4 (prior deviation 2, s and -s) is 0 where 2 sigma(-2s) = s / 2.
  const { values, covariance } = strengthsOf(2, [{ one: 0, other: 1, win: 1 }]);
  const [s = 0] = values;
  expect(values[1]).toBeCloseTo(-s, 12);
  expect(1 / (1 + Math.exp(2 * s))).toBeCloseTo(s / 4, 9);
  const w = (1 / (1 + Math.exp(2 * s))) * (1 / (1 + Math.exp(-2 * s)));
  const [own, cross] = [0.25 + w, -w];
  expect(covariance[0]).toBeCloseTo(own / (own ** 2 - cross ** 2), 9);
  expect(covariance[1]).toBeCloseTo(-cross / (own ** 2 - cross ** 2), 9);
  const even = strengthsOf(2, [{ one: 0, other: 1, win: 0.5 }]);
  expect([...even.values]).toEqual([0, 0]);
  expect(surelyStronger(even, 0, 1)).toBeCloseTo(0.5, 6);
  expect(winShare(even, 0)).toMatchObject({ value: 0.5 });
});

test("nobody meets twice, no player is in a round twice, and `most` is kept", () => {
  const tournament = new Tournament(7, { most: 0.5, until: "ends", confidence: 0.999 });
  const met = new Set<string>();
  for (let round = tournament.next(); round.length > 0; round = tournament.next()) {
    const players = round.flat();
    expect(new Set(players).size).toBe(players.length);
    for (const [one, other] of round) {
      const key = [one, other].sort().join();
      expect(met.has(key)).toBe(false);
      met.add(key);
    }
    tournament.played(
      round,
      round.map(([one, other]) => Number(one < other)),
    );
  }
  expect(met.size).toBe(10);
  expect([...tournament.strengths.values].indexOf(Math.max(...tournament.strengths.values))).toBe(0);
});

/** Of simulated prompts with 8 pictures: the share of all pairs that was compared, and how often the first is better than the last. */
async function simulated(rules: TournamentRules, positionBias: number) {
  const pictures = new SimulatedPictures(3);
  const prompts = Array.from({ length: 40 }, (_, index) => pictures.ofPrompt(`prompt ${index}`, 8));
  const judge = pictures.judge({ strength: 2, positionBias });
  let compared = 0;
  const verdicts = await rankByPrompt(prompts.flat(), rules, (items) => {
    compared += items.length / 2;
    return judge(items);
  });
  const better = prompts.filter((items, index) => {
    const scores = verdicts
      .slice(index * 8, index * 8 + 8)
      .map((one) => (one.kind === "scored" ? one.score : 0));
    const at = (score: number) =>
      pictures.quality((items[scores.indexOf(score)] as (typeof items)[number]).image);
    return at(Math.max(...scores)) > at(Math.min(...scores));
  });
  return { share: compared / (40 * 28), better: better.length / 40 };
}

test("a pair takes about half of all comparisons of eight pictures, with a judge that favours the first one too", async () => {
  for (const bias of [0, 1]) {
    const all = await simulated({ most: 1, until: "ends", confidence: 0.99999 }, bias);
    const pair = await simulated({ most: 1, until: "pair", confidence: 0.95 }, bias);
    expect(all.share).toBe(1);
    expect(pair.share).toBeLessThan(0.6);
    expect(pair.better).toBeGreaterThanOrEqual(0.95);
    expect(pair.better).toBeGreaterThanOrEqual(all.better - 0.05);
  }
});
