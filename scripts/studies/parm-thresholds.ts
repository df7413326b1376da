/**
 * Tries PARM's thresholds on validation prompts: asks a judge everything about N paths an image once, then runs PARM and
 * best-of-N on the recorded verdicts for every setting. Prints score and evaluations of the generator.
 * `--settings` tries a JSON list of settings in place of the grid.
 * `npx tsx scripts/studies/parm-thresholds.ts --judge data/models/scenes-judge-fine-tuned --per-task 80 --out build/parm.json`
 */
import "../explain-faults.js";
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import {
  BUNDLED_SETTINGS,
  openBundledDecoder,
  openBundledDetector,
  openBundledJudge,
  openBundledSampler,
} from "../../src/families/bundled.js";
import { readPrompts } from "../../src/families/scene-prompts.js";
import { evaluateImage } from "../../src/geneval/evaluate.js";
import type { Candidate } from "../../src/records/candidate.js";
import type { Prompt } from "../../src/records/prompt.js";
import { askEverything, Recording } from "../../src/search/recorded-searches.js";
import { search } from "../../src/search/scheduling/scheduler.js";
import { bestOfN } from "../../src/search/strategies/best-of-n.js";
import { type ParmThresholds, parm } from "../../src/search/strategies/parm.js";
import type { SearchOutcome, SearchTask, Strategy } from "../../src/search/strategy.js";
import { evaluationImages } from "../../src/stages/evaluation/images.js";
import { splitHeldOut } from "../../src/stages/prompts/choose.js";
import { bootstrap } from "../../src/statistics/bootstrap.js";
import { differenceStrata, overallValue, scoreStrata } from "../../src/statistics/strata.js";
import { rounded } from "../rounded.js";

const { values } = parseArgs({
  options: {
    generator: { type: "string", default: "data/models/scenes-base" },
    judge: { type: "string", default: "data/models/scenes-judge-fine-tuned" },
    prompts: { type: "string", default: "data/prompts/held-out.jsonl" },
    "per-task": { type: "string", default: "80" },
    n: { type: "string", default: "20" },
    seed: { type: "string", default: "5" },
    threads: { type: "string" },
    settings: { type: "string" },
    out: { type: "string" },
  },
});
const VALIDATION_SHARE = 0.25;
const CLARITIES = [0.05, 0.1, 0.2, 0.3, 0.5];
const POTENTIALS = [0.3, 0.5, 0.6, 0.7, 0.8, 0.9];
const FIRST_STEPS = [1, 2];
const FINISH_AT_LEAST = [1, 4, 6, 8];

const [n, seed] = [Number(values.n), Number(values.seed)];
const threads = values.threads === undefined ? {} : { threads: Number(values.threads) };
const decoder = await openBundledDecoder(undefined, threads);
const detector = openBundledDetector();
const recording = await record();
const verdicts = new Map<Candidate, boolean>();
const baseline = await tried(bestOfN({ candidates: n, seed }));
const settings: ParmThresholds[] = values.settings ? JSON.parse(values.settings) : grid();
const rows: object[] = [];
for (const one of settings)
  rows.push({ ...one, ...against(await tried(parm({ candidates: n, seed, ...one }))) });
const found = {
  judge: values.judge,
  n,
  images: recording.searches.length,
  best_of_n: summary(baseline),
  parm: rows,
};
if (values.out !== undefined) writeFileSync(values.out, `${JSON.stringify(found, null, 2)}\n`);
console.log(JSON.stringify({ ...found, parm: rows.length }));
for (const row of rows) console.log(JSON.stringify(row));
await decoder.close();

/** The settings that are tried where none are given. */
function grid(): ParmThresholds[] {
  return FIRST_STEPS.flatMap((firstStep) =>
    FINISH_AT_LEAST.flatMap((finishAtLeast) =>
      CLARITIES.flatMap((clarity) =>
        POTENTIALS.map((potential) => ({ firstStep, finishAtLeast, clarity, potential })),
      ),
    ),
  );
}

/** The searches of validation prompts, which no table shows, with every verdict. */
async function record(): Promise<Recording> {
  const { prompts } = await readPrompts(values.prompts);
  const { validation } = splitHeldOut(prompts, VALIDATION_SHARE);
  const images = evaluationImages(validation, { perTask: Number(values["per-task"]) }, seed);
  const tasks = images.map(({ prompt, sample }) => ({ prompt, attempt: sample }));
  const sampler = await openBundledSampler(values.generator, {
    decoder,
    settings: BUNDLED_SETTINGS,
    ...threads,
  });
  const judge = await openBundledJudge(values.judge, threads);
  const searches: SearchOutcome[] = [];
  for await (const outcome of search(tasks, { sampler, judge, strategy: askEverything(n, seed) })) {
    searches.push(outcome);
    if (searches.length % 10 === 0) console.error(`${searches.length} of ${tasks.length} searches`);
  }
  await Promise.all([sampler.close(), judge.close()]);
  return new Recording(searches, sampler.settings, sampler.evaluationsPerStep);
}

interface Tried {
  readonly nfe: number;
  readonly judgeCalls: number;
  readonly right: readonly { readonly promptId: string; readonly tag: string; readonly correct: boolean }[];
}

async function tried(strategy: Strategy): Promise<Tried> {
  const tasks: SearchTask[] = recording.searches.map(({ prompt, attempt }) => ({ prompt, attempt }));
  let [nfe, judgeCalls] = [0, 0];
  const right: Tried["right"][number][] = [];
  for await (const outcome of search(tasks, {
    sampler: recording.sampler(),
    judge: recording.judge(),
    strategy,
  })) {
    const { prompt, candidates, chosen = -1 } = outcome;
    nfe += outcome.nfe;
    judgeCalls += outcome.judgeCalls;
    const correct = await isRight(prompt, candidates[chosen] as Candidate);
    right.push({ promptId: prompt.id, tag: prompt.metadata?.tag ?? "", correct });
  }
  return { nfe, judgeCalls, right };
}

async function isRight({ metadata, text }: Prompt, candidate: Candidate): Promise<boolean> {
  const known = verdicts.get(candidate);
  if (known !== undefined) return known;
  const [seen] = await detector.detect(await decoder.decode([candidate.tokens]));
  if (metadata === undefined || seen === undefined) throw new Error(`"${text}" cannot be checked.`);
  const { correct } = evaluateImage(seen, metadata);
  verdicts.set(candidate, correct);
  return correct;
}

function summary({ nfe, judgeCalls, right }: Tried) {
  return { score: rounded(overallValue(scoreStrata(right))), nfe, judge_calls: judgeCalls };
}

/** The same searches under PARM, against best-of-N. */
function against(one: Tried) {
  const pairs = one.right.map((after, index) => ({
    ...{ promptId: after.promptId, tag: after.tag },
    ...{ before: baseline.right[index]?.correct === true, after: after.correct },
  }));
  const { value, low, high } = bootstrap(differenceStrata(pairs)).overall;
  return {
    ...summary(one),
    nfe_ratio: rounded(one.nfe / baseline.nfe),
    difference: rounded(value),
    interval: [rounded(low), rounded(high)],
  };
}
