import { TASKS } from "../../records/prompt.js";
import {
  BOOTSTRAP_DEFAULTS,
  type BootstrapSettings,
  bootstrap,
  type Estimate,
} from "../../statistics/bootstrap.js";
import { signFlipPValue } from "../../statistics/permutation.js";
import { differenceStrata, scoreStrata } from "../../statistics/strata.js";
import {
  collectEvaluations,
  type Evaluation,
  type EvaluationItem,
  type EvaluationSource,
  type ItemPair,
  pairItems,
} from "./evaluations.js";

/** [low, high]. */
export type Interval = readonly [number, number];

/** Scores of one evaluation, 0..1. */
export interface ComparisonRow {
  readonly name: string;
  readonly kind: string;
  /** Unweighted mean of the tasks' scores. */
  readonly overall: number;
  readonly ci: Interval;
  /** Score of each task. */
  readonly tasks: Readonly<Record<string, number>>;
  readonly taskIntervals: Readonly<Record<string, Interval>>;
  readonly images: number;
  readonly prompts: number;
}

/** A later evaluation less an earlier one, on the same prompts and seeds. */
export interface ComparisonPair {
  readonly from: string;
  readonly to: string;
  readonly delta: number;
  readonly ci: Interval;
  /** Two-sided, from a paired sign-flip permutation test over prompts. */
  readonly p: number;
  readonly tasks: Readonly<Record<string, number>>;
  readonly taskIntervals: Readonly<Record<string, Interval>>;
  /** Images that turned right. */
  readonly wins: number;
  /** Images that turned wrong. */
  readonly losses: number;
}

/** Plain data, written as it stands to summary.json. */
export interface Comparison {
  readonly rows: readonly ComparisonRow[];
  /** Every evaluation against every earlier one, or against the first. */
  readonly comparisons: readonly ComparisonPair[];
  /** How the intervals and p-values were drawn. */
  readonly statistics: BootstrapSettings;
}

/** Reads evaluations and compares each with all before it. */
export async function compare(
  sources: Iterable<EvaluationSource>,
  settings: BootstrapSettings = BOOTSTRAP_DEFAULTS,
): Promise<Comparison> {
  return compareEvaluations(await collectEvaluations(sources), settings);
}

/** The same for evaluations already in memory, or each with the first alone. Throws a ConfigError when two differ in prompts or seeds. */
export function compareEvaluations(
  evaluations: readonly Evaluation[],
  settings: BootstrapSettings = BOOTSTRAP_DEFAULTS,
  which: "all" | "with-first" = "all",
): Comparison {
  const comparisons = evaluations.flatMap((to, index) => {
    const earlier = evaluations.slice(0, which === "all" ? index : Math.min(index, 1));
    return earlier.map((from) => difference(from, to, settings));
  });
  return { rows: evaluations.map((one) => score(one, settings)), comparisons, statistics: { ...settings } };
}

function score(evaluation: Evaluation, settings: BootstrapSettings): ComparisonRow {
  const items = [...evaluation.items.values()];
  const { overall, tasks } = bootstrap(scoreStrata(items), settings);
  return {
    name: evaluation.name,
    kind: evaluation.kind,
    overall: overall.value,
    ci: interval(overall),
    ...byTask(tasks),
    images: items.length,
    prompts: new Set(items.map((item) => item.promptId)).size,
  };
}

function difference(from: Evaluation, to: Evaluation, settings: BootstrapSettings): ComparisonPair {
  const pairs = pairItems(from, to);
  const strata = differenceStrata(pairs.map(pairedOutcome));
  const { overall, tasks } = bootstrap(strata, settings);
  return {
    from: from.name,
    to: to.name,
    delta: overall.value,
    ci: interval(overall),
    p: signFlipPValue(strata, settings),
    ...byTask(tasks),
    wins: pairs.filter(({ before, after }) => !before.correct && after.correct).length,
    losses: pairs.filter(({ before, after }) => before.correct && !after.correct).length,
  };
}

function pairedOutcome({ before, after }: ItemPair) {
  return { promptId: before.promptId, tag: before.tag, before: outcomeOf(before), after: outcomeOf(after) };
}

/** A judge's score says more than whether it is above a half. */
function outcomeOf({ score, correct }: EvaluationItem): boolean | number {
  return score ?? correct;
}

/** In GenEval's order; tags of the user's own come last. */
function byTask(tasks: ReadonlyMap<string, Estimate>) {
  const place = (tag: string) => (TASKS as readonly string[]).indexOf(tag) + 1 || TASKS.length + 1;
  const ordered = [...tasks].sort(([one], [other]) => place(one) - place(other));
  return {
    tasks: Object.fromEntries(ordered.map(([tag, estimate]) => [tag, estimate.value])),
    taskIntervals: Object.fromEntries(ordered.map(([tag, estimate]) => [tag, interval(estimate)])),
  };
}

function interval(estimate: Estimate): Interval {
  return [estimate.low, estimate.high];
}
