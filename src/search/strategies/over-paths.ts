import type { Path } from "../../records/seams.js";
import type { Question, Verdict } from "../../records/verdict.js";
import { ranking } from "../best-verdict.js";
import { candidateSeed } from "../seeds.js";
import type { SearchContext, Strategy } from "../strategy.js";
import { affordable, type Budget, costOf, waves } from "./budget.js";
import { chooseBest, type Finalist, goodEnough, toFinalist } from "./finalists.js";

export interface OverPathsOptions {
  /** N: paths begun, and paths after each selection. */
  readonly candidates: number;
  readonly seed: number;
  /** What decides midway; the outcome decides at the end. */
  readonly question: Extract<Question, "process" | "outcome" | "potential">;
  /** States kept at each selection. */
  readonly keep: number;
  /** Share (0..1) of a kept state's committed tokens that its copies draw again. */
  readonly remask: number;
  /** Steps before the first selection, and between two. */
  readonly every: number;
  readonly budget?: Budget;
}

/**
 * Search over paths (arXiv 2501.09732, section 3.2): the best states midway are kept, noised again, and continued. A kept
 * state goes on as it is and in copies with part of its tokens masked again, which stand some steps back; all run to the
 * next selection. From an image that is good enough (`confidence`) no copies are made: its path alone is run to its end.
 */
export function overPaths(options: OverPathsOptions): Strategy {
  const { candidates, question, every, budget = {} } = options;
  return {
    name: `over-paths-${candidates}`,
    questions: [...new Set([question, "outcome"] as const)],
    asks: (asked, step) => asked === question && step % every === 0,
    async search(context) {
      let paths = firstPaths(context, options);
      let opened = paths.length;
      for (let step = every; step < context.steps && canSelect(context, paths, options); step += every) {
        await Promise.all(paths.map((path) => advanceTo(context, path, step)));
        const { kept, best } = await select(context, paths, options);
        if (best !== undefined && goodEnough([best], budget)) {
          paths = kept.slice(0, 1);
          for (const path of kept.slice(1)) context.drop(path, "another path is good enough");
          break;
        }
        const copies = openCopies(context, kept, opened, options);
        opened += copies.length;
        paths = [...kept, ...copies];
      }
      return chooseBest(context, await Promise.all(paths.map((path) => toFinalist(context, path))));
    },
  };
}

/** The paths that best-of-N would open. */
function firstPaths(context: SearchContext, { candidates, seed, budget = {} }: OverPathsOptions): Path[] {
  const all = { ...budget, atOnce: candidates };
  const [numbers = []] = waves(context, {
    candidates,
    budget: all,
    worst: costOf(context, context.steps, 1),
  });
  return numbers.map((index) => context.open(candidateSeed(seed, context, index)));
}

/** Whether all can be asked about and those kept can still be asked for their outcome. */
function canSelect(context: SearchContext, paths: readonly Path[], { keep, budget = {} }: OverPathsOptions) {
  const asking = { nfe: 0, judgeCalls: paths.length };
  return paths.length > 1 && affordable(context, budget, asking, { nfe: 0, judgeCalls: keep }) >= 1;
}

async function advanceTo(context: SearchContext, path: Path, step: number): Promise<void> {
  while (!path.done && path.step < step) await context.advance(path);
}

/** Keeps the best states, best first; the first ones where nothing was scored. The others are dropped. */
async function select(
  context: SearchContext,
  paths: readonly Path[],
  { question, keep }: OverPathsOptions,
): Promise<{ kept: Path[]; best: Finalist | undefined }> {
  const verdicts = await Promise.all(paths.map((path) => context.ask(question, path)));
  const order = ranking(verdicts);
  const places = (order.length > 0 ? order : [...paths.keys()]).slice(0, keep);
  for (const [index, path] of paths.entries()) {
    if (!places.includes(index))
      context.drop(path, `not among the best ${keep} at step ${path.step} (${question})`);
  }
  const kept = places.map((place) => paths[place] as Path);
  const best = order[0];
  return {
    kept,
    best: best === undefined ? undefined : { path: paths[best] as Path, verdict: verdicts[best] as Verdict },
  };
}

/** Copies of the kept states in turn, up to N paths or what the budget bears. */
function openCopies(
  context: SearchContext,
  kept: readonly Path[],
  opened: number,
  { candidates, seed, remask, budget = {} }: OverPathsOptions,
): Path[] {
  const ends = kept.map((path) => costOf(context, context.steps - path.step, 1));
  const reserved = {
    nfe: ends.reduce((sum, { nfe }) => sum + nfe, 0),
    judgeCalls: ends.length,
  };
  const borne = affordable(context, budget, costOf(context, context.steps, 1), reserved);
  const count = Math.min(candidates - kept.length, borne);
  return Array.from({ length: Math.max(0, count) }, (_, index) => {
    const path = kept[index % kept.length] as Path;
    return context.fork(path, candidateSeed(seed, context, opened + index), remask);
  });
}
