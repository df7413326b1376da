import { type RandomStream, randomStream } from "./random.js";
import { overallValue, type Stratum, stratumValue } from "./strata.js";

export interface BootstrapSettings {
  /** Resamples drawn, at least 1. */
  readonly resamples: number;
  /** Any integer; the same seed gives the same intervals. */
  readonly seed: number;
  /** Coverage of the intervals, 0..1. */
  readonly level: number;
}

export const BOOTSTRAP_DEFAULTS: BootstrapSettings = Object.freeze({
  resamples: 10_000,
  seed: 0,
  level: 0.95,
});

/** A value and its percentile interval. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface StratifiedEstimate {
  /** Unweighted mean over the tasks. */
  readonly overall: Estimate;
  readonly tasks: ReadonlyMap<string, Estimate>;
}

/**
 * Percentile bootstrap clustered by prompt and stratified by task (Efron and Tibshirani, 1993, chapter 13): each resample
 * draws as many prompts of each task, with all their images, with replacement. Throws a RangeError without strata.
 */
export function bootstrap(
  strata: readonly Stratum[],
  settings: BootstrapSettings = BOOTSTRAP_DEFAULTS,
): StratifiedEstimate {
  if (strata.length === 0) throw new RangeError("Expected at least one judged image, got none");
  const random = randomStream(settings.seed);
  const overall = new Float64Array(settings.resamples);
  const tasks = new Map<string, Estimate>();
  for (const stratum of strata) {
    const replicates = resample(stratum, settings.resamples, random);
    for (let index = 0; index < overall.length; index++) {
      overall[index] = (overall[index] as number) + (replicates[index] as number) / strata.length;
    }
    tasks.set(stratum.tag, estimate(stratumValue(stratum), replicates, settings.level));
  }
  return { overall: estimate(overallValue(strata), overall, settings.level), tasks };
}

/** The stratum's value in each resample, shape (resamples,). */
function resample(stratum: Stratum, resamples: number, random: RandomStream): Float64Array {
  const { numerators, images } = stratum;
  const prompts = numerators.length;
  return new Float64Array(resamples).map(() => {
    let numerator = 0;
    let total = 0;
    for (let draw = 0; draw < prompts; draw++) {
      const prompt = random.below(prompts);
      numerator += numerators[prompt] as number;
      total += images[prompt] as number;
    }
    return numerator / total;
  });
}

/** Sorts `replicates` in place. */
function estimate(value: number, replicates: Float64Array, level: number): Estimate {
  replicates.sort();
  const tail = (1 - level) / 2;
  return { value, low: quantile(replicates, tail), high: quantile(replicates, 1 - tail) };
}

/** The quantile (0..1) of sorted values, linear between neighbours. */
export function quantile(sorted: Float64Array, share: number): number {
  const position = share * (sorted.length - 1);
  const below = sorted[Math.floor(position)] as number;
  const above = sorted[Math.ceil(position)] as number;
  return below + (above - below) * (position - Math.floor(position));
}
