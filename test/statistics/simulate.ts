import type { RandomStream } from "../../src/statistics/random.js";
import type { PairedOutcome } from "../../src/statistics/strata.js";

/** Prompts of uneven difficulty, `images` each, judged twice with chances that differ by `gain`. */
export function simulatePairs(random: RandomStream, prompts: number, images: number, gain: number) {
  const outcomes: PairedOutcome[] = [];
  for (const tag of ["counting", "position"]) {
    for (let prompt = 0; prompt < prompts; prompt++) {
      const chance = 0.1 + 0.6 * random.uniform();
      for (let image = 0; image < images; image++) {
        const before = random.uniform() < chance;
        outcomes.push({ promptId: `${tag}-${prompt}`, tag, before, after: random.uniform() < chance + gain });
      }
    }
  }
  return outcomes;
}
