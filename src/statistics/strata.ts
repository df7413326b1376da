/** One judged image. */
export interface Outcome {
  readonly promptId: string;
  readonly tag: string;
  readonly correct: boolean;
  /** Of a judge, 0..1, which says more; absent where there is none. */
  readonly score?: number;
}

/** The same prompt and seed judged twice. */
export interface PairedOutcome {
  readonly promptId: string;
  readonly tag: string;
  readonly before: boolean | number;
  readonly after: boolean | number;
}

/**
 * A task, its prompts being the clusters. The task's value is sum(numerators) / sum(images): a score where a numerator
 * counts correct images, a difference of scores where it counts images gained less images lost.
 */
export interface Stratum {
  readonly tag: string;
  /** Shape (prompts,). */
  readonly numerators: Float64Array;
  /** Shape (prompts,), each at least 1. */
  readonly images: Float64Array;
}

/** Outcomes as strata of scores, tasks and prompts in order of first appearance. */
export function scoreStrata(outcomes: Iterable<Outcome>): Stratum[] {
  return stratify(outcomes, ({ score, correct }) => score ?? Number(correct));
}

/** Paired outcomes as strata of differences (after less before). */
export function differenceStrata(outcomes: Iterable<PairedOutcome>): Stratum[] {
  return stratify(outcomes, (outcome) => Number(outcome.after) - Number(outcome.before));
}

/** sum(numerators) / sum(images). */
export function stratumValue(stratum: Stratum): number {
  return sum(stratum.numerators) / sum(stratum.images);
}

/** GenEval's overall: the unweighted mean of the tasks' values. */
export function overallValue(strata: readonly Stratum[]): number {
  return sum(strata.map(stratumValue)) / strata.length;
}

export function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let index = 0; index < values.length; index++) total += values[index] as number;
  return total;
}

function stratify<T extends { promptId: string; tag: string }>(
  outcomes: Iterable<T>,
  value: (outcome: T) => number,
): Stratum[] {
  const tasks = new Map<string, Map<string, { numerator: number; images: number }>>();
  for (const outcome of outcomes) {
    const prompts = tasks.get(outcome.tag) ?? new Map();
    const cluster = prompts.get(outcome.promptId) ?? { numerator: 0, images: 0 };
    cluster.numerator += value(outcome);
    cluster.images += 1;
    prompts.set(outcome.promptId, cluster);
    tasks.set(outcome.tag, prompts);
  }
  return [...tasks].map(([tag, prompts]) => {
    const clusters = [...prompts.values()];
    return {
      tag,
      numerators: Float64Array.from(clusters, (cluster) => cluster.numerator),
      images: Float64Array.from(clusters, (cluster) => cluster.images),
    };
  });
}
