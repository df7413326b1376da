import type { RunConfig } from "../config/freeze-config.js";
import type { RoundConfig } from "../config/round-schema.js";
import type { Prompt } from "../records/prompt.js";

/** Pairs that a training will have; `isKnown` once all of them are mined, before that there may be fewer. */
export interface PairsAhead {
  readonly pairs: number;
  readonly isKnown: boolean;
}

/** Pairs that a round mined, by its number; undefined before it has. */
export type MinedPairs = (round: number) => number | undefined;

/** What round `index` (from 0) trains on: its own pairs, and where they accumulate those of the rounds before. */
export function pairsAhead(
  { rounds }: Pick<RunConfig, "rounds">,
  prompts: readonly (readonly Prompt[])[],
  index: number,
  mined: MinedPairs,
): PairsAhead {
  const { accumulatePairs, from } = rounds[index] as RunConfig["rounds"][number];
  const earlier = accumulatePairs ? Array.from({ length: from ?? index }, (_, at) => at) : [];
  const counts = [...earlier, index].map((at) => {
    const known = mined(at + 1);
    const pairs = known ?? mostPairs(rounds[at] as RoundConfig, prompts[at] ?? []);
    return { pairs, isKnown: known !== undefined };
  });
  return {
    pairs: counts.reduce((sum, { pairs }) => sum + pairs, 0),
    isKnown: counts.every(({ isKnown }) => isKnown),
  };
}

/** As many as the mining of a round may give. */
function mostPairs({ mining, pairsPerTask }: RoundConfig, prompts: readonly Prompt[]): number {
  const all = prompts.length * ("pairsPerPrompt" in mining ? mining.pairsPerPrompt : 1);
  if (pairsPerTask === null) return all;
  return Math.min(all, pairsPerTask * new Set(prompts.map(({ tag }) => tag)).size);
}
