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
  readonly regressions: readonly Change[];
  readonly improvements: readonly Change[];
}

/**
 * What turned wrong and what turned right between two of the evaluations, tasks taking turns so that no task hides
 * another. Throws a ConfigError when the evaluations differ in prompts or seeds.
 */
export function findChanges(evaluations: readonly Evaluation[], from: Evaluation, to: Evaluation): Changes {
  const turned = pairItems(from, to).filter(({ before, after }) => before.correct !== after.correct);
  const regressions = turned.filter(({ before }) => before.correct).map(({ before }) => before);
  const improvements = turned.filter(({ after }) => after.correct).map(({ after }) => after);
  const changes = (kind: Change["kind"], items: readonly EvaluationItem[]) =>
    inTurns(items).map((item) => change(kind, item, evaluations));
  return {
    regressions: changes("regression", regressions),
    improvements: changes("improvement", improvements),
  };
}

/** The first of each task, then the second of each, and so on. */
function inTurns(items: readonly EvaluationItem[]): EvaluationItem[] {
  const seen = new Map<string, number>();
  const ranked = items.map((item) => {
    const turn = seen.get(item.tag) ?? 0;
    seen.set(item.tag, turn + 1);
    return { item, turn };
  });
  ranked.sort((one, other) => one.turn - other.turn);
  return ranked.map(({ item }) => item);
}

function change(kind: Change["kind"], item: EvaluationItem, evaluations: readonly Evaluation[]): Change {
  const { promptId, tag, seedIndex } = item;
  const items = evaluations.flatMap((evaluation) => evaluation.items.get(itemKey(item)) ?? []);
  return { kind, promptId, tag, seedIndex, items };
}
