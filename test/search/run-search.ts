import type { Judge, Sampler } from "../../src/records/seams.js";
import { search } from "../../src/search/scheduling/scheduler.js";
import { attempts, type SearchOutcome, type Strategy } from "../../src/search/strategy.js";
import { FakeJudge, FakeSampler, fakePrompt, scoreByHash } from "../../src/testing.js";

/** Steps of a path and evaluations of a step in these tests. */
export const STEPS = 8;
export const EVALUATIONS = 2;

/** The outcomes of `count` prompts, one search each. */
export async function searchAll(
  strategy: Strategy,
  {
    count = 12,
    sampler = fakeSampler(),
    judge = new FakeJudge(scoreByHash),
  }: { readonly count?: number; readonly sampler?: Sampler; readonly judge?: Judge } = {},
): Promise<SearchOutcome[]> {
  const prompts = Array.from({ length: count }, (_, index) => fakePrompt(`prompt ${index}`));
  const outcomes: SearchOutcome[] = [];
  for await (const outcome of search(attempts(prompts, 1), { sampler, strategy, judge }))
    outcomes.push(outcome);
  return outcomes;
}

export function fakeSampler(slots = 4): FakeSampler {
  return new FakeSampler({ steps: STEPS, slots });
}

/** What was asked about candidate `index`, in order: "clarity 1", "potential 3". */
export function askedAbout({ judgements }: SearchOutcome, index: number): string[] {
  return judgements
    .filter(({ candidate }) => candidate === index)
    .map(({ question, step }) => `${question} ${step}`);
}

/** Score that candidate `index` was given for `question`, at `step` or at the last one it was asked. */
export function scoreOf(outcome: SearchOutcome, index: number, question: string, step?: number): number {
  const found = outcome.judgements.findLast(
    (one) => one.candidate === index && one.question === question && (step ?? one.step) === one.step,
  );
  if (found?.verdict.kind !== "scored") throw new Error(`candidate ${index} has no ${question} score`);
  return found.verdict.score;
}
