import type { Path } from "../../records/seams.js";
import type { Verdict } from "../../records/verdict.js";
import { bestVerdict, isYes, sayVerdict } from "../best-verdict.js";
import { runToEnd, type SearchContext, type Selection } from "../strategy.js";
import type { Budget } from "./budget.js";

/** A path at its end, still open, and the outcome the judge gave it. */
export interface Finalist {
  readonly path: Path;
  readonly verdict: Verdict;
}

/** Runs what is left of a path and asks for its outcome. */
export async function toFinalist(context: SearchContext, path: Path): Promise<Finalist> {
  await runToEnd(context, path);
  return { path, verdict: await context.ask("outcome", path) };
}

/** Whether one of them is good enough to stop for. */
export function goodEnough(finalists: readonly Finalist[], { confidence }: Budget): boolean {
  return confidence !== undefined && finalists.some(({ verdict }) => isYes(verdict, confidence));
}

/** Finishes all of them; the one of the best outcome is chosen, none when nothing was scored. */
export function chooseBest(context: SearchContext, finalists: readonly Finalist[]): Selection {
  const candidates = finalists.map(({ path }) => context.finish(path));
  const verdicts = finalists.map(({ verdict }) => verdict);
  const best = bestVerdict(verdicts);
  const chosen = best === undefined ? undefined : candidates[best];
  return { chosen, reason: sayBest(verdicts, best) };
}

function sayBest(verdicts: readonly Verdict[], best: number | undefined): string {
  if (best === undefined) return `none: the judge scored 0 of ${verdicts.length} candidates`;
  const scored = verdicts.filter(({ kind }) => kind === "scored").length;
  const score = sayVerdict(verdicts[best] as Verdict);
  return `highest outcome score (${score}) of ${scored} scored among ${verdicts.length} candidates`;
}
