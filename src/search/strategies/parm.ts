import { committedShare } from "../../decoding/schedule.js";
import type { Correction, Path } from "../../records/seams.js";
import type { Verdict } from "../../records/verdict.js";
import { isNo, isYes } from "../best-verdict.js";
import { candidateSeed } from "../seeds.js";
import type { SearchContext, Strategy } from "../strategy.js";
import { type Budget, costOf, waves } from "./budget.js";
import { FallbackPaths } from "./fallback-paths.js";
import { chooseBest, type Finalist, goodEnough, toFinalist } from "./finalists.js";

export interface ParmThresholds {
  /** P(yes) from which an image is clear enough to be judged. */
  readonly clarity: number;
  /** P(yes) below which a clear path is cut. */
  readonly potential: number;
  /** Steps before which no image is asked about, because none is sure to be clear; 1 asks from the first. */
  readonly firstStep?: number;
  /** Share of committed tokens (0..1) before which no image is asked about; 0 when absent. */
  readonly clarityShare?: number | undefined;
  /** The most that P(yes) to clarity rises while all tokens are committed; every step is asked about when absent. */
  readonly clarityRise?: number | undefined;
  /** Paths that reach their ends however low their potential, if so many were begun; 1 as in the paper. */
  readonly finishAtLeast?: number;
}

export interface ParmOptions extends ParmThresholds {
  /** N: paths begun. */
  readonly candidates: number;
  readonly seed: number;
  readonly budget?: Budget;
}

/**
 * PARM (arXiv 2501.13926, section 4.1). Each path is asked after every step, from `firstStep` on, whether its image is
 * clear (or only where it can be: `clarityShare`, `clarityRise`); at the first clear step whether it has potential. "No" cuts it at once, so that its slot is free; "yes" keeps it to the end. The
 * outcome decides among the N' that are left. When N' = 0, the path with the lowest P("no") is taken up again where it
 * was cut (it had waited, which costs no evaluations) and finished; with `finishAtLeast` K, as many as N' is short of K.
 * That goes beyond the paper: one threshold for easy and hard prompts leaves the hard ones nothing to choose among.
 *
 * A path that is never clear before its last step is kept, for there is nothing left to save; so is one whose potential
 * could not be scored, for only a "no" cuts.
 */
export function parm(options: ParmOptions): Strategy {
  return {
    name: `parm-${options.candidates}`,
    questions: ["clarity", "potential", "outcome"],
    asks: (_question, step) => step >= (options.firstStep ?? 1),
    async search(context) {
      const result = await parmFinalists(context, options);
      const { chosen, reason } = chooseBest(context, result.finalists);
      return { chosen, reason: `${reason}; ${sayCut(result)}` };
    },
  };
}

export interface ParmResult {
  /** The N' paths at their ends, then those that were taken up again. */
  readonly finalists: readonly Finalist[];
  /** Paths that were cut, those taken up again among them. */
  readonly cut: number;
  /** How many of the cut paths were taken up again. */
  readonly takenUp: number;
}

/** One round of PARM. `round` sets its seeds apart from those of other rounds (PARM++). */
export async function parmFinalists(
  context: SearchContext,
  options: ParmOptions,
  { round = 0, correction }: { readonly round?: number; readonly correction?: Correction } = {},
): Promise<ParmResult> {
  const { candidates, seed, budget = {}, finishAtLeast = 1 } = options;
  const fallback = new FallbackPaths(context, finishAtLeast);
  const finalists: Finalist[] = [];
  const worst = costOf(context, context.steps, mostCalls(context, options));
  for (const wave of waves(context, { candidates, budget, worst, reserved: () => fallback.cost })) {
    const seeds = wave.map((index) => candidateSeed(seed, context, round * candidates + index));
    const paths = seeds.map((own) => context.open(own, correction));
    const walks = paths.map((path) => walk(context, path, options, fallback));
    finalists.push(...(await Promise.all(walks)).filter((one) => one !== undefined));
    if (goodEnough(finalists, budget)) {
      fallback.giveUp();
      break;
    }
  }
  const resumed = fallback.take();
  finalists.push(...(await Promise.all(resumed.map((path) => toFinalist(context, path)))));
  return { finalists, cut: fallback.offered, takenUp: resumed.length };
}

/** Clarity after every step that is asked about but the last, then potential and outcome. */
function mostCalls({ steps }: SearchContext, { firstStep = 1 }: ParmThresholds): number {
  const asked = Math.max(0, steps - firstStep);
  return asked === 0 ? 1 : asked + 2;
}

/** One path until it is cut (undefined) or at its end. */
async function walk(
  context: SearchContext,
  path: Path,
  thresholds: ParmThresholds,
  fallback: FallbackPaths,
): Promise<Finalist | undefined> {
  if (await becomesClear(context, path, thresholds)) {
    const verdict = await context.ask("potential", path);
    if (isNo(verdict, thresholds.potential)) {
      const why = `potential ${verdict.score.toFixed(4)} is below ${thresholds.potential} at step ${path.step}`;
      fallback.offer(path, verdict.score, why);
      return undefined;
    }
  }
  fallback.release();
  return toFinalist(context, path);
}

/** Advances the path to its first clear step; false at its end. */
async function becomesClear(
  context: SearchContext,
  path: Path,
  thresholds: ParmThresholds,
): Promise<boolean> {
  const { clarity, firstStep = 1, clarityShare = 0 } = thresholds;
  let from = clarityShare;
  for (;;) {
    await context.advance(path);
    if (path.done) return false;
    const share = committedShare(path.step, context.steps);
    if (path.step < firstStep || share < from) continue;
    const verdict = await context.ask("clarity", path);
    if (isYes(verdict, clarity)) return true;
    from = Math.max(from, share + shareUntilClear(verdict, thresholds));
  }
}

/** The share of tokens that must be committed beyond a "no" before the answer can be "yes"; 0 where that is not known. */
function shareUntilClear(verdict: Verdict, { clarity, clarityRise }: ParmThresholds): number {
  return clarityRise !== undefined && isNo(verdict, clarity) ? (clarity - verdict.score) / clarityRise : 0;
}

function sayCut({ cut, takenUp }: ParmResult): string {
  if (takenUp === 0) return `cut: ${cut}`;
  return `cut: ${cut}, of which the ${takenUp} of lowest P("no") ${takenUp === 1 ? "was" : "were"} taken up again`;
}
