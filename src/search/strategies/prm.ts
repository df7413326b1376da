import type { Path } from "../../records/seams.js";
import type { Question, Verdict } from "../../records/verdict.js";
import { bestVerdict, isYes, sayVerdict } from "../best-verdict.js";
import { candidateSeed } from "../seeds.js";
import type { SearchContext, Strategy } from "../strategy.js";
import { affordable, type Budget, costOf } from "./budget.js";

export interface PrmOptions {
  /** N: branches at each step. */
  readonly candidates: number;
  readonly seed: number;
  /** What decides between branches; each judge answers some of these. */
  readonly question: Extract<Question, "process" | "outcome" | "potential">;
  readonly budget?: Budget;
}

/**
 * Step-level best-of-N with a process reward model (arXiv 2501.13926, section 3.2): at each step N branches leave the
 * current state, the most confident is followed. Branches that a budget cannot bear are not opened; from `confidence`
 * on the path is run to its end without further branches.
 */
export function prm(options: PrmOptions): Strategy {
  const { candidates, seed, question, budget = {} } = options;
  return {
    name: `prm-${candidates}`,
    questions: [question],
    async search(context) {
      let path = context.open(candidateSeed(seed, context, 0));
      let last: Verdict | undefined;
      let settled = false;
      for (let step = 0; step < context.steps; step++) {
        const count = settled ? 1 : branchesAt(context, step, options);
        const branches = [path, ...openBranches(context, path, step, count - 1, options)];
        await Promise.all(branches.map((branch) => context.advance(branch)));
        if (count === 1) continue;
        const verdicts = await Promise.all(branches.map((branch) => context.ask(question, branch)));
        const best = bestVerdict(verdicts) ?? 0;
        last = verdicts[best] as Verdict;
        path = follow(context, branches, best, question);
        settled = budget.confidence !== undefined && isYes(last, budget.confidence);
      }
      const reason =
        last === undefined ? "the only path" : `the most confident branch of each step (${sayVerdict(last)})`;
      return { chosen: context.finish(path), reason };
    },
  };
}

/** As many as can be paid for when the path itself must still reach its end; one branch needs no question. */
function branchesAt(context: SearchContext, step: number, { candidates, budget = {} }: PrmOptions): number {
  const toTheEnd = costOf(context, context.steps - step - 1, 0);
  const borne = affordable(context, budget, costOf(context, 1, 1), toTheEnd);
  return Math.max(1, Math.min(candidates, borne));
}

/** Branches beside the path itself. Those of the first step are the paths that best-of-N would open. */
function openBranches(
  context: SearchContext,
  path: Path,
  step: number,
  count: number,
  { candidates, seed }: PrmOptions,
): Path[] {
  return Array.from({ length: count }, (_, index) => {
    const own = candidateSeed(seed, context, step * candidates + index + 1);
    return step === 0 ? context.open(own) : context.fork(path, own, 0);
  });
}

function follow(context: SearchContext, branches: readonly Path[], best: number, question: Question): Path {
  for (const [index, branch] of branches.entries()) {
    if (index !== best) context.drop(branch, `another branch was more confident (${question})`);
  }
  return branches[best] as Path;
}
