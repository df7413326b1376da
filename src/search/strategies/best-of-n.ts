import { candidateSeed } from "../seeds.js";
import type { Strategy } from "../strategy.js";
import { type Budget, costOf, waves } from "./budget.js";
import { chooseBest, type Finalist, goodEnough, toFinalist } from "./finalists.js";

export interface BestOfNOptions {
  /** N: candidates a task. */
  readonly candidates: number;
  readonly seed: number;
  readonly budget?: Budget;
}

/** ORM best-of-N: all paths run to the end, the judge's outcome question decides (arXiv 2501.13926, section 3.2). */
export function bestOfN({ candidates, seed, budget = {} }: BestOfNOptions): Strategy {
  return {
    name: `best-of-${candidates}`,
    questions: ["outcome"],
    async search(context) {
      const finalists: Finalist[] = [];
      const worst = costOf(context, context.steps, 1);
      for (const wave of waves(context, { candidates, budget, worst })) {
        const paths = wave.map((index) => context.open(candidateSeed(seed, context, index)));
        finalists.push(...(await Promise.all(paths.map((path) => toFinalist(context, path)))));
        if (goodEnough(finalists, budget)) break;
      }
      return chooseBest(context, finalists);
    },
  };
}
