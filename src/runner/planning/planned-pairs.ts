import type { RunConfig } from "../../config/freeze-config.js";
import type { RoundConfig } from "../../config/schema/round.js";
import type { Prompt } from "../../records/prompt.js";
import { taskOf } from "../../stages/pairs/yield-report.js";

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
    const pairs = known ?? mostPairs(rounds[at] as RoundConfig, prompts[at] ?? [], at > 0);
    return { pairs, isKnown: known !== undefined };
  });
  return {
    pairs: counts.reduce((sum, { pairs }) => sum + pairs, 0),
    isKnown: counts.every(({ isKnown }) => isKnown),
  };
}

/** As many as the mining of a round may give, with the share that it takes from earlier ones. */
function mostPairs(round: RoundConfig, prompts: readonly Prompt[], hasEarlier: boolean): number {
  const { mining, pairsPerTask, earlierPairs } = round;
  const all = prompts.length * ("pairsPerPrompt" in mining ? mining.pairsPerPrompt : 1);
  const own = pairsPerTask === null ? all : Math.min(all, pairsPerTask * new Set(prompts.map(taskOf)).size);
  return hasEarlier ? Math.round(own / (1 - earlierPairs)) : own;
}
