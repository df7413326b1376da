/** A score that should be higher where `correct` is true. */
export interface Ranked {
  readonly score: number;
  readonly correct: boolean;
}

export interface RankedInPrompt extends Ranked {
  readonly promptId: string;
}

export interface WithinPromptAuc {
  /** Mean of the prompts' AUCs; NaN when no prompt has both outcomes. */
  readonly mean: number;
  /** The same, each prompt weighing as many (correct, wrong) pairs as it has. */
  readonly pairsWeighted: number;
  /** Prompts with both outcomes. */
  readonly prompts: number;
  readonly pairs: number;
}

/**
 * Chance that a correct item scores above a wrong one, ties counting half (Mann and Whitney, 1947), 0..1. NaN when one
 * of the outcomes is missing.
 */
export function auc(items: readonly Ranked[]): number {
  const { wins, pairs } = countWins(items);
  return wins / pairs;
}

/** How well a score ranks the images of the same prompt: what it reads off the prompt itself does not count. */
export function withinPromptAuc(items: Iterable<RankedInPrompt>): WithinPromptAuc {
  const counted = winsByPrompt(items);
  const pairs = counted.reduce((total, count) => total + count.pairs, 0);
  return {
    mean: counted.reduce((total, count) => total + count.wins / count.pairs, 0) / counted.length,
    pairsWeighted: counted.reduce((total, count) => total + count.wins, 0) / pairs,
    prompts: counted.length,
    pairs,
  };
}

/** AUC of each prompt that has both outcomes, in order of first appearance. */
export function promptAucs(items: Iterable<RankedInPrompt>): number[] {
  return winsByPrompt(items).map(({ wins, pairs }) => wins / pairs);
}

/** Of prompts with both outcomes. */
function winsByPrompt(items: Iterable<RankedInPrompt>): { wins: number; pairs: number }[] {
  const prompts = new Map<string, Ranked[]>();
  for (const item of items) {
    const group = prompts.get(item.promptId);
    if (group) group.push(item);
    else prompts.set(item.promptId, [item]);
  }
  return [...prompts.values()].map(countWins).filter((count) => count.pairs > 0);
}

/** (correct, wrong) pairs and how many of them are ranked rightly, in one pass over equal scores. */
function countWins(items: readonly Ranked[]): { wins: number; pairs: number } {
  const sorted = [...items].sort((one, other) => one.score - other.score);
  let wins = 0;
  let wrongBelow = 0;
  let correctSeen = 0;
  for (let start = 0; start < sorted.length; ) {
    let end = start;
    let correct = 0;
    while (end < sorted.length && sorted[end]?.score === sorted[start]?.score) {
      correct += Number(sorted[end]?.correct);
      end++;
    }
    const wrong = end - start - correct;
    wins += correct * (wrongBelow + wrong / 2);
    wrongBelow += wrong;
    correctSeen += correct;
    start = end;
  }
  return { wins, pairs: correctSeen * wrongBelow };
}
