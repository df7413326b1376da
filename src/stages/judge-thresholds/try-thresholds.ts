import type { Judge } from "../../records/seams.js";
import type { Verdict } from "../../records/verdict.js";
import { Recording } from "../../search/recorded-searches.js";
import { search } from "../../search/scheduling/scheduler.js";
import { bestOfN } from "../../search/strategies/best-of-n.js";
import { type ParmThresholds, parm } from "../../search/strategies/parm.js";
import type { SearchOutcome, SearchTask, Strategy } from "../../search/strategy.js";
import { quantile } from "../../statistics/bootstrap.js";
import { clusteredMean } from "../../statistics/clustered-mean.js";

/** Thresholds as a search takes them. */
export type TriedThresholds = Required<
  Pick<ParmThresholds, "clarity" | "potential" | "firstStep" | "finishAtLeast">
>;

/** What thresholds come to on recorded searches, beside best-of-N of the same paths. */
export interface ThresholdTrial extends TriedThresholds {
  /** Mean of what the labeller says of the chosen images, 0..1. */
  readonly score: number;
  /** Function evaluations of the generator, of best-of-N's. */
  readonly nfeRatio: number;
  readonly judgeCalls: number;
  /** Score less best-of-N's, with a 95% interval over prompts. */
  readonly difference: { readonly value: number; readonly low: number; readonly high: number };
}

export interface Trials {
  readonly bestOfN: { readonly score: number; readonly nfe: number; readonly judgeCalls: number };
  readonly trials: readonly ThresholdTrial[];
}

/** Recorded searches of `askEverything`, and how good each of their candidates is. */
export interface RecordedSearches {
  readonly recording: Recording;
  /** By candidate id, 0..1; a candidate of which nobody could say is absent. */
  readonly worth: ReadonlyMap<string, number>;
  readonly n: number;
  readonly seed: number;
}

/** Asks a labeller about every finished candidate of searches whose verdicts were recorded. */
export async function recordedSearches(
  searches: readonly SearchOutcome[],
  options: Pick<RecordedSearches, "n" | "seed"> & {
    readonly settings: Recording["settings"];
    readonly imageOf: (tokens: Uint16Array) => Parameters<Judge["ask"]>[1][number]["image"];
    readonly labeller: Judge;
  },
): Promise<RecordedSearches> {
  const { n, seed, settings, imageOf, labeller } = options;
  const worth = new Map<string, number>();
  for (const { prompt, candidates } of searches) {
    const items = candidates.map(({ tokens }) => ({ prompt, image: imageOf(tokens) }));
    for (const [index, verdict] of (await labeller.ask("outcome", items)).entries())
      if (verdict.kind === "scored") worth.set(candidates[index]?.id as string, verdict.score);
  }
  const [first] = searches;
  const evaluations = Math.round((first?.candidates[0]?.nfe ?? settings.steps) / settings.steps);
  return { recording: new Recording(searches, settings, evaluations), worth, n, seed };
}

/** Runs PARM on recorded verdicts under each of the thresholds, and best-of-N. No model is asked anything. */
export async function tryThresholds(
  recorded: RecordedSearches,
  settings: readonly TriedThresholds[],
): Promise<Trials> {
  const { n: candidates, seed } = recorded;
  const baseline = await replayed(recorded, bestOfN({ candidates, seed }));
  const trials: ThresholdTrial[] = [];
  for (const one of settings) {
    const run = await replayed(recorded, parm({ candidates, seed, ...one }));
    const pairs = run.worths.flatMap(({ cluster, value }, index) => {
      const before = baseline.worths[index]?.value;
      return value === undefined || before === undefined ? [] : [{ cluster, value, before }];
    });
    if (pairs.length === 0) continue;
    const score = pairs.reduce((sum, { value }) => sum + value, 0) / pairs.length;
    const difference = clusteredMean(
      pairs.map(({ cluster, value, before }) => ({ cluster, value: value - before })),
    );
    trials.push({
      ...one,
      score,
      nfeRatio: run.nfe / baseline.nfe,
      judgeCalls: run.judgeCalls,
      difference,
    });
  }
  const known = baseline.worths.flatMap(({ value }) => value ?? []);
  const score = known.reduce((sum, value) => sum + value, 0) / Math.max(1, known.length);
  return { bestOfN: { score, nfe: baseline.nfe, judgeCalls: baseline.judgeCalls }, trials };
}

/** What a strategy comes to on recorded verdicts: its cost, and what each search's choice is worth. */
export async function replayed({ recording, worth }: RecordedSearches, strategy: Strategy) {
  const tasks: SearchTask[] = recording.searches.map(({ prompt, attempt }) => ({ prompt, attempt }));
  let [nfe, judgeCalls] = [0, 0];
  const worths: { readonly cluster: string; readonly value: number | undefined }[] = [];
  const [sampler, judge] = [recording.sampler(), recording.judge()];
  for await (const outcome of search(tasks, { sampler, judge, strategy })) {
    const { prompt, candidates, chosen = -1 } = outcome;
    nfe += outcome.nfe;
    judgeCalls += outcome.judgeCalls;
    worths.push({ cluster: prompt.id, value: worth.get(candidates[chosen]?.id ?? "") });
  }
  return { nfe, judgeCalls, worths };
}

/** Where along a judge's own answers thresholds are tried. */
const CLARITY_SHARES = [0.1, 0.25, 0.5, 0.75, 0.9];
const POTENTIAL_SHARES = [0.1, 0.25, 0.4, 0.5, 0.6, 0.75, 0.9];
/** Shares of N that reach their ends at least. */
const FINISHED_SHARES = [0, 0.2, 0.4];

/** The thresholds worth trying: at quantiles of what this judge answers, whatever the range of its scores. */
export function thresholdGrid({ recording, n }: RecordedSearches): TriedThresholds[] {
  const { searches, settings } = recording;
  const clarities = answersAt(searches, "clarity", CLARITY_SHARES);
  const potentials = answersAt(searches, "potential", POTENTIAL_SHARES);
  const firstSteps = distinct([1, 2, Math.ceil(settings.steps / 4)]);
  const finished = distinct(FINISHED_SHARES.map((share) => Math.max(1, Math.round(share * n))));
  return firstSteps.flatMap((firstStep) =>
    finished.flatMap((finishAtLeast) =>
      clarities.flatMap((clarity) =>
        potentials.map((potential) => ({ firstStep, finishAtLeast, clarity, potential })),
      ),
    ),
  );
}

function answersAt(
  searches: readonly SearchOutcome[],
  question: "clarity" | "potential",
  shares: readonly number[],
): number[] {
  const scores = searches.flatMap(({ judgements }) =>
    judgements.flatMap((one) => (one.question === question ? scoreOf(one.verdict) : [])),
  );
  const sorted = Float64Array.from(scores).sort();
  if (sorted.length === 0) return [];
  return distinct(shares.map((share) => Number(quantile(sorted, share).toFixed(4))));
}

function scoreOf(verdict: Verdict): number[] {
  return verdict.kind === "scored" ? [verdict.score] : [];
}

function distinct(values: readonly number[]): number[] {
  return [...new Set(values)];
}

/**
 * The thresholds that spend least among those that give up at most `giveUp` of best-of-N's score; where all give up more,
 * those with the best score. Undefined where none were tried.
 */
export function chosenThresholds(
  { trials }: Pick<Trials, "trials">,
  giveUp: number,
): ThresholdTrial | undefined {
  const good = trials.filter(({ difference }) => difference.value >= -giveUp);
  const cost = (one: ThresholdTrial, other: ThresholdTrial) =>
    one.nfeRatio - other.nfeRatio || one.judgeCalls - other.judgeCalls;
  if (good.length > 0) return good.toSorted(cost)[0];
  return trials.toSorted((one, other) => other.score - one.score || cost(one, other))[0];
}
