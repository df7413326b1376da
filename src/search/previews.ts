import type { Candidate } from "../records/candidate.js";
import type { ImageHandle } from "../records/image.js";
import type { Path } from "../records/seams.js";
import { correctionOf } from "./replay.js";
import type { SearchContext, Strategy } from "./strategy.js";

/** What a stored path's history is told by. */
export type History = Pick<Candidate, "id" | "seed" | "forks" | "correction" | "steps">;

/** Runs all paths of one stored search again, and keeps what they predicted at the wanted steps. */
export interface PreviewStrategy extends Strategy {
  /** By candidate id and step; filled by the search. */
  readonly previews: ReadonlyMap<string, ReadonlyMap<number, ImageHandle>>;
}

/**
 * The previews of a stored search cost its function evaluations once more: only ends are stored. Each fork leaves the
 * replayed path it left before, so nothing runs twice.
 */
export function previewsOf(
  histories: readonly History[],
  wanted: (history: History) => ReadonlySet<number>,
): PreviewStrategy {
  const previews = new Map<string, Map<number, ImageHandle>>();
  const walk = async (context: SearchContext, path: Path, history: History): Promise<void> => {
    const [own, steps, children] = [
      new Map<number, ImageHandle>(),
      wanted(history),
      childrenOf(history, histories),
    ];
    previews.set(history.id, own);
    const walks: Promise<void>[] = [];
    for (;;) {
      for (const child of children) {
        const fork = child.forks?.at(-1);
        if (fork?.step !== path.step) continue;
        walks.push(walk(context, context.fork(path, fork.seed, fork.remask), child));
      }
      if (steps.has(path.step)) own.set(path.step, await context.preview(path));
      if (path.done || path.step >= history.steps) break;
      await context.advance(path);
    }
    await Promise.all(walks);
  };
  return {
    name: "previews",
    previews,
    async search(context) {
      const roots = histories.filter(({ forks }) => forks === undefined);
      await Promise.all(
        roots.map((root) => {
          const correction = root.correction && correctionOf(root.correction);
          return walk(context, context.open(root.seed, correction), root);
        }),
      );
      return { chosen: undefined, reason: "replayed" };
    },
  };
}

/** The path that `history` left, if any. */
export function parentOf<Known extends History>(
  history: History,
  histories: readonly Known[],
): Known | undefined {
  if (history.forks === undefined) return undefined;
  const origin = originOf({ ...history, forks: history.forks.slice(0, -1) });
  return histories.find((other) => originOf(other) === origin);
}

function childrenOf(history: History, histories: readonly History[]): History[] {
  return histories.filter((other) => parentOf(other, [history]) === history);
}

function originOf({ seed, correction, forks = [] }: Pick<History, "seed" | "correction" | "forks">): string {
  return JSON.stringify([seed, correction ?? null, forks]);
}
