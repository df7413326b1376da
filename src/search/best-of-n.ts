import type { Verdict } from "../records/verdict.js";
import { candidateSeeds } from "./seeds.js";
import { runToEnd, type Selection, type Strategy } from "./strategy.js";

export interface BestOfNOptions {
  /** N: candidates a task. */
  readonly candidates: number;
  readonly seed: number;
}

/** ORM best-of-N: all paths run to the end, the judge's outcome question decides (arXiv 2501.13926, section 3.2). */
export function bestOfN({ candidates, seed }: BestOfNOptions): Strategy {
  return {
    name: `best-of-${candidates}`,
    async search(context) {
      const judged = await Promise.all(
        candidateSeeds(seed, context, candidates).map(async (one) => {
          const path = context.open(one);
          await runToEnd(context, path);
          const verdict = await context.ask("outcome", path);
          return { candidate: context.finish(path), verdict };
        }),
      );
      const verdicts = judged.map(({ verdict }) => verdict);
      const best = bestVerdict(verdicts);
      return {
        chosen: best === undefined ? undefined : judged[best]?.candidate,
        reason: say(verdicts, best),
      };
    },
  };
}

/** Index of the highest score; the first of equals. Only scored verdicts can win: undefined when there is none. */
export function bestVerdict(verdicts: readonly Verdict[]): number | undefined {
  let best: { index: number; score: number } | undefined;
  for (const [index, verdict] of verdicts.entries()) {
    if (verdict.kind !== "scored") continue;
    if (best === undefined || verdict.score > best.score) best = { index, score: verdict.score };
  }
  return best?.index;
}

function say(verdicts: readonly Verdict[], best: number | undefined): Selection["reason"] {
  const scored = verdicts.filter(({ kind }) => kind === "scored").length;
  if (best === undefined) return `none: the judge scored 0 of ${verdicts.length} candidates`;
  const { score } = verdicts[best] as Extract<Verdict, { kind: "scored" }>;
  return `highest outcome score (${score.toFixed(4)}) of ${scored} scored among ${verdicts.length} candidates`;
}
