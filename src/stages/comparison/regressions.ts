import { type Evaluation, type EvaluationItem, itemKey, pairItems } from "./evaluations.js";

/** The same prompt and seed in every evaluation, where `from` and `to` disagree about it. */
export interface Change {
  readonly kind: "regression" | "improvement";
  readonly promptId: string;
  readonly tag: string;
  readonly seedIndex: number;
  /** One item per evaluation, in the evaluations' order. */
  readonly items: readonly EvaluationItem[];
}

export interface Changes {
  /** Regressions first, then improvements. */
  readonly shown: readonly Change[];
  /** How many there are in all. */
  readonly regressions: number;
  readonly improvements: number;
}

/**
 * What turned wrong and what turned right between two of the evaluations, at most `limit` of each, tasks taking turns so
 * that no task hides another. Throws a ConfigError when the evaluations differ in prompts or seeds.
 */
export function findChanges(
  evaluations: readonly Evaluation[],
  from: Evaluation,
  to: Evaluation,
  limit: number,
): Changes {
  const turned = pairItems(from, to).filter(({ before, after }) => before.correct !== after.correct);
  const regressions = turned.filter(({ before }) => before.correct).map(({ before }) => before);
  const improvements = turned.filter(({ after }) => after.correct).map(({ after }) => after);
  const show = (kind: Change["kind"], items: readonly EvaluationItem[]) =>
    chunkStream(items, limit).map((item) => change(kind, item, evaluations));
  return {
    shown: [...show("regression", regressions), ...show("improvement", improvements)],
    regressions: regressions.length,
    improvements: improvements.length,
  };
}

/** The first of each task, then the second of each, and so on. */
function chunkStream(items: readonly EvaluationItem[], limit: number): EvaluationItem[] {
  const seen = new Map<string, number>();
  const ranked = items.map((item) => {
    const turn = seen.get(item.tag) ?? 0;
    seen.set(item.tag, turn + 1);
    return { item, turn };
  });
  ranked.sort((one, other) => one.turn - other.turn);
  return ranked.slice(0, limit).map(({ item }) => item);
}

function change(kind: Change["kind"], item: EvaluationItem, evaluations: readonly Evaluation[]): Change {
  const { promptId, tag, seedIndex } = item;
  const items = evaluations.flatMap((evaluation) => evaluation.items.get(itemKey(item)) ?? []);
  return { kind, promptId, tag, seedIndex, items };
}
