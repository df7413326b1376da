import type { Path } from "../../records/seams.js";
import { bestVerdict } from "../best-verdict.js";
import { candidateSeed } from "../seeds.js";
import type { SearchContext, Strategy } from "../strategy.js";
import { type Budget, costOf, waves } from "./budget.js";
import { chooseBest, type Finalist, goodEnough, toFinalist } from "./finalists.js";

export interface ZeroOrderOptions {
  /** N: paths in all, the first pivot among them. */
  readonly candidates: number;
  readonly seed: number;
  /** Neighbours tried around each pivot. */
  readonly neighbours: number;
  /** Share (0..1) of the pivot's noise or tokens that a neighbour draws again: the radius of the neighbourhood. */
  readonly remask: number;
  readonly budget?: Budget;
}

/**
 * Zero-order search (arXiv 2501.09732, section 3.2): candidates in the neighbourhood of a pivot, move to the best, repeat.
 * A denoising sampler disturbs the pivot's noise by the share `remask` and runs all steps again; of tokens a neighbour is a
 * fork of the finished pivot with part of them masked again, which costs the steps that draw them.
 */
export function zeroOrder(options: ZeroOrderOptions): Strategy {
  const { candidates, seed, remask, budget = {} } = options;
  return {
    name: `zero-order-${candidates}`,
    questions: ["outcome"],
    async search(context) {
      const finalists: Finalist[] = [];
      for (const wave of pivotThenNeighbours(context, options)) {
        const pivot = pivotOf(finalists);
        const paths = wave.map((index) => {
          const own = candidateSeed(seed, context, index);
          return pivot === undefined ? context.open(own) : context.neighbour(pivot, own, remask);
        });
        finalists.push(...(await Promise.all(paths.map((path) => toFinalist(context, path)))));
        if (goodEnough(finalists, budget)) break;
      }
      return chooseBest(context, finalists);
    },
  };
}

/** Numbers of the paths: the first pivot alone, then the neighbourhoods. */
function* pivotThenNeighbours(context: SearchContext, options: ZeroOrderOptions): Generator<number[]> {
  const { candidates, neighbours, budget = {} } = options;
  const worst = costOf(context, context.steps, 1);
  yield* waves(context, { candidates: 1, budget, worst });
  const around = { ...budget, atOnce: neighbours };
  for (const wave of waves(context, { candidates: candidates - 1, budget: around, worst })) {
    yield wave.map((index) => index + 1);
  }
}

/** The best so far; the first where nothing could be scored. */
function pivotOf(finalists: readonly Finalist[]): Path | undefined {
  return finalists[bestVerdict(finalists.map(({ verdict }) => verdict)) ?? 0]?.path;
}
