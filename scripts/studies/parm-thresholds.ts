/**
 * Tries PARM's thresholds on validation prompts: asks a judge everything about N paths an image once, then runs PARM and
 * best-of-N on the recorded verdicts for every setting. Prints score and evaluations of the generator.
 * `--cut-by` asks another judge about clarity and potential. `--settings` tries a JSON list of settings in place of the grid.
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
import { judgeByQuestion } from "../../src/search/judges/by-question.js";
import { detectorJudge } from "../../src/search/judges/detector-judge.js";
import { askEverything } from "../../src/search/recorded-searches.js";
import { search } from "../../src/search/scheduling/scheduler.js";
import { bestOfN } from "../../src/search/strategies/best-of-n.js";
import { type ParmThresholds, parm } from "../../src/search/strategies/parm.js";
import type { SearchOutcome, Strategy } from "../../src/search/strategy.js";
import { evaluationImages } from "../../src/stages/evaluation/images.js";
import { recordedSearches, replayed } from "../../src/stages/judge-thresholds/try-thresholds.js";
import { splitHeldOut } from "../../src/stages/prompts/choose.js";
import { bootstrap } from "../../src/statistics/bootstrap.js";
import { differenceStrata, overallValue, scoreStrata } from "../../src/statistics/strata.js";
import { rounded } from "../rounded.js";

const { values } = parseArgs({
  options: {
    generator: { type: "string", default: "data/models/scenes-base" },
    judge: { type: "string", default: "data/models/scenes-judge-fine-tuned" },
    "cut-by": { type: "string" },
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
const CLARITIES = [0.02, 0.05, 0.1, 0.2, 0.5];
// A judge that knows is sure: what tells the paths of a prompt apart lies near one.
const POTENTIALS = [0.5, 0.8, 0.9, 0.95, 0.98, 0.99];
const FIRST_STEPS = [1, 2];
const FINISH_AT_LEAST = [1, 2, 4, 8];

const [n, seed] = [Number(values.n), Number(values.seed)];
const threads = values.threads === undefined ? {} : { threads: Number(values.threads) };
const decoder = await openBundledDecoder(undefined, threads);
const detector = openBundledDetector();
const recorded = await record();
const baseline = await tried(bestOfN({ candidates: n, seed }));
const settings: ParmThresholds[] = values.settings ? JSON.parse(values.settings) : grid();
const rows: object[] = [];
for (const one of settings)
  rows.push({ ...one, ...against(await tried(parm({ candidates: n, seed, ...one }))) });
const found = {
  judge: values.judge,
  ...(values["cut-by"] === undefined ? {} : { cut_by: values["cut-by"] }),
  n,
  images: recorded.recording.searches.length,
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

/** The searches of validation prompts, which no table shows, with every verdict, and which candidates the detector finds right. */
async function record() {
  const { prompts } = await readPrompts(values.prompts);
  const { validation } = splitHeldOut(prompts, VALIDATION_SHARE);
  const images = evaluationImages(validation, { perTask: Number(values["per-task"]) }, seed);
  const tasks = images.map(({ prompt, sample }) => ({ prompt, attempt: sample }));
  const sampler = await openBundledSampler(values.generator, {
    decoder,
    settings: BUNDLED_SETTINGS,
    ...threads,
  });
  const chooser = await openBundledJudge(values.judge, threads);
  const cutter = values["cut-by"] === undefined ? chooser : await openBundledJudge(values["cut-by"], threads);
  const judge = judgeByQuestion(chooser, { clarity: cutter, potential: cutter });
  const searches: SearchOutcome[] = [];
  for await (const outcome of search(tasks, { sampler, judge, strategy: askEverything(n, seed) })) {
    searches.push(outcome);
    if (searches.length % 10 === 0) console.error(`${searches.length} of ${tasks.length} searches`);
  }
  await Promise.all([sampler, ...new Set([chooser, cutter])].map((model) => model.close()));
  const labeller = detectorJudge(detector);
  const { settings } = sampler;
  return recordedSearches(searches, { n, seed, settings, imageOf: decoder.image, labeller });
}

type Tried = Awaited<ReturnType<typeof tried>>;

async function tried(strategy: Strategy) {
  const { nfe, judgeCalls, worths } = await replayed(recorded, strategy);
  const right = recorded.recording.searches.map(({ prompt }, index) => ({
    ...{ promptId: prompt.id, tag: prompt.metadata?.tag ?? "" },
    correct: worths[index]?.value === 1,
  }));
  return { nfe, judgeCalls, right };
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
