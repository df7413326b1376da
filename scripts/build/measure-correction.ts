/**
 * Measures self-correction: how often one correction repairs a wrong image, against sampling the prompt again with the
 * same new seed, and what the fine-tuning cost the plain task. The detector finds what is wrong.
 * `npx tsx scripts/build/measure-correction.ts --prompts data/prompts/held-out.jsonl --per-task 100 --seed 31`
 */
import "../explain-faults.js";
import { parseArgs } from "node:util";
import { tokensOf } from "../../src/decoding/grid-complaint.js";
import { openBundledDecoder, openBundledDetector, openBundledSampler } from "../../src/families/bundled.js";
import { readPrompts } from "../../src/families/scene-prompts.js";
import { TASKS } from "../../src/records/prompt.js";
import { detectorJudge } from "../../src/search/judges/detector-judge.js";
import { search } from "../../src/search/scheduling/scheduler.js";
import { candidateSeed } from "../../src/search/seeds.js";
import { attempts, runToEnd, type SearchContext, type Strategy } from "../../src/search/strategy.js";
import { rounded } from "../rounded.js";

const { values } = parseArgs({
  options: {
    checkpoint: { type: "string", default: "data/models/scenes-self-correct" },
    base: { type: "string", default: "data/models/scenes-base" },
    prompts: { type: "string", default: "data/prompts/held-out.jsonl" },
    "per-task": { type: "string", default: "100" },
    seed: { type: "string", default: "31" },
    threads: { type: "string" },
  },
});
const seed = Number(values.seed);
const threads = values.threads === undefined ? {} : { threads: Number(values.threads) };
const decoder = await openBundledDecoder(undefined, threads);
const judge = detectorJudge(openBundledDetector());
const tasks = await searches(Number(values["per-task"]));

/** For each task, whether each kind of image was right, 0 or 1. */
type Tally = Map<string, Map<string, number[]>>;
const tally: Tally = new Map();

await runAll(values.base, {
  name: "plain",
  async search(context) {
    const { score } = await sampled(context, 0);
    note(context, "base", score);
    return { chosen: undefined, reason: "measured" };
  },
});
await runAll(values.checkpoint, {
  name: "correction",
  async search(context) {
    const first = await sampled(context, 0);
    note(context, "fine-tuned", first.score);
    if (first.score === 0) {
      const { image, reasons } = first;
      const kinds = {
        corrected: { image, reasons },
        "corrected without reasons": { image, reasons: [] },
        resampled: undefined,
      };
      await Promise.all(
        Object.entries(kinds).map(async ([kind, correction]) =>
          note(context, kind, (await sampled(context, 1, correction)).score),
        ),
      );
    }
    return { chosen: undefined, reason: "measured" };
  },
});
console.log(JSON.stringify({ ...values, kinds: Object.fromEntries([...tally].map(summary)) }, null, 1));
await decoder.close();

/** The same number of searches for every task: small tasks take several attempts a prompt. */
async function searches(perTask: number) {
  const { prompts } = await readPrompts(values.prompts);
  return TASKS.flatMap((task) => {
    const own = prompts.filter(({ metadata }) => metadata?.tag === task);
    const all = [...attempts(own, Math.ceil(perTask / own.length))];
    return all.sort((one, other) => one.attempt - other.attempt).slice(0, perTask);
  });
}

async function runAll(checkpoint: string, strategy: Strategy): Promise<void> {
  const sampler = await openBundledSampler(checkpoint, { decoder, ...threads });
  for await (const _ of search(tasks, { sampler, judge, strategy }));
  await sampler.close();
}

/** One image of the task: its score by the detector, 1 or 0, and what is wrong with it. */
async function sampled(
  context: SearchContext,
  index: number,
  correction?: Parameters<typeof context.open>[1],
) {
  const path = context.open(candidateSeed(seed, context, index), correction);
  await runToEnd(context, path);
  const [shown, verdict] = [await context.preview(path), await context.ask("outcome", path)];
  const image = { ...shown, tokens: tokensOf(shown) };
  if (verdict.kind !== "scored") throw new Error(`No verdict on an image of "${context.prompt.text}".`);
  context.finish(path);
  return { image, score: verdict.score, reasons: verdict.reasons ?? [] };
}

function note({ prompt }: SearchContext, kind: string, score: number): void {
  const byTask = tally.get(kind) ?? new Map<string, number[]>();
  tally.set(kind, byTask);
  const tag = prompt.metadata?.tag ?? "";
  byTask.set(tag, [...(byTask.get(tag) ?? []), score]);
}

/** Share of right images: over all images, the unweighted mean of the tasks, and each task with its number of images. */
function summary([kind, byTask]: [string, Map<string, number[]>]) {
  const all = [...byTask.values()].flat();
  const share = mean(all);
  const tasks = [...byTask].map(([task, scores]) => [task, [rounded(mean(scores)), scores.length]]);
  const found = {
    images: all.length,
    share: rounded(share),
    half_interval: rounded(1.96 * Math.sqrt((share * (1 - share)) / all.length)),
    mean_of_tasks: rounded(mean([...byTask.values()].map(mean))),
    tasks: Object.fromEntries(tasks),
  };
  return [kind, found];
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
