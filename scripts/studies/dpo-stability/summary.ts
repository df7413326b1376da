import { bootstrap } from "../../../src/statistics/bootstrap.js";
import { type Stratum, stratumValue } from "../../../src/statistics/strata.js";
import type { Cell } from "./cells.js";

/** One held-out image: whether it is right, and of what. All evaluations list the same images in the same order. */
export interface Judged {
  readonly promptId: string;
  readonly tag: string;
  readonly correct: boolean;
}

/** A training of a cell and what became of it. */
export interface Run {
  readonly seed: number;
  readonly items: readonly Judged[];
  /** The trainer's measures at its last step. */
  readonly last: Readonly<Record<string, number>>;
}

/** A cell against the base. Scores 0..1. */
export interface Summary {
  readonly cell: Cell;
  readonly score: number;
  readonly difference: number;
  /** Of the difference: from the choice of images (bootstrap over prompts), from the seeds, and both together. */
  readonly standardError: { readonly images: number; readonly seeds: number; readonly both: number };
  /** Difference of each seed. */
  readonly seeds: readonly number[];
  /** Difference of each task. */
  readonly tasks: Readonly<Record<string, number>>;
  readonly pairAccuracy: number;
  readonly chosenLogProbability: number;
}

/**
 * Mean over the seeds, paired image by image with the base. The two standard errors are added in squares, which is on the
 * careful side: images already carry some of what the seeds do. Throws a RangeError when the images are not the base's.
 */
export function summarise(cell: Cell, runs: readonly Run[], base: readonly Judged[]): Summary {
  const strata = meanDifferences(runs, base);
  const { overall } = bootstrap(strata, { resamples: 2000, seed: 0, level: 0.6827 });
  const seeds = runs.map(({ items }) => scoreOf(items) - scoreOf(base));
  const errors = { images: (overall.high - overall.low) / 2, seeds: standardError(seeds) };
  return {
    cell,
    score: mean(runs.map(({ items }) => scoreOf(items))),
    difference: overall.value,
    standardError: { ...errors, both: Math.hypot(errors.images, errors.seeds) },
    seeds,
    tasks: Object.fromEntries(strata.map((stratum) => [stratum.tag, stratumValue(stratum)])),
    pairAccuracy: mean(runs.map(({ last }) => last["rewards/accuracies"] ?? Number.NaN)),
    chosenLogProbability: mean(runs.map(({ last }) => last["logps/chosen"] ?? Number.NaN)),
  };
}

/** Unweighted mean of the tasks' shares of right images. */
export function scoreOf(items: readonly Judged[]): number {
  const tasks = [...new Set(items.map(({ tag }) => tag))];
  return mean(
    tasks.map((task) => mean(items.filter(({ tag }) => tag === task).map((one) => Number(one.correct)))),
  );
}

/** Images gained less images lost, a mean over the seeds, by task and prompt. */
function meanDifferences(runs: readonly Run[], base: readonly Judged[]): Stratum[] {
  const tasks = new Map<string, Map<string, { numerator: number; images: number }>>();
  for (const [place, { promptId, tag, correct }] of base.entries()) {
    const after = runs.map(({ items }) => items[place]);
    if (after.some((one) => one?.promptId !== promptId))
      throw new RangeError("Expected the same images everywhere");
    const prompts = tasks.get(tag) ?? new Map();
    const cluster = prompts.get(promptId) ?? { numerator: 0, images: 0 };
    cluster.numerator += mean(after.map((one) => Number(one?.correct))) - Number(correct);
    cluster.images += 1;
    tasks.set(tag, prompts.set(promptId, cluster));
  }
  return [...tasks].map(([tag, prompts]) => ({
    tag,
    numerators: Float64Array.from(prompts.values(), ({ numerator }) => numerator),
    images: Float64Array.from(prompts.values(), ({ images }) => images),
  }));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Of the mean; 0 for a single value, which says nothing about its spread. */
function standardError(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const center = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - center) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1) / values.length);
}
