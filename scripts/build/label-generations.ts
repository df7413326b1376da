/**
 * Samples images and labels them with the detector and GenEval's rules; prints the score and pass@k.
 * `npx tsx scripts/build/label-generations.ts --prompts data/prompts/train.jsonl --images 8 --per-task 200 --out build/labelled.arrow`
 */
import "../explain-faults.js";
import { parseArgs } from "node:util";
import { type LabelledRow, writeLabelled } from "../../src/adapters/arrow/labelled-file.js";
import {
  BUNDLED_SETTINGS,
  openBundledDecoder,
  openBundledDetector,
  openBundledSampler,
} from "../../src/families/bundled.js";
import { readPrompts } from "../../src/families/scene-prompts.js";
import { evaluateImage } from "../../src/geneval/evaluate.js";
import { TASKS } from "../../src/records/prompt.js";
import { encodePrompt, TEXT_LENGTH } from "../../src/scenes/language/vocabulary.js";
import { search } from "../../src/search/scheduling/scheduler.js";
import { plain } from "../../src/search/strategies/plain.js";
import { attempts } from "../../src/search/strategy.js";

const { values } = parseArgs({
  options: {
    checkpoint: { type: "string", default: "data/models/scenes-base" },
    prompts: { type: "string", default: "data/prompts/train.jsonl" },
    images: { type: "string", default: "8" },
    "per-task": { type: "string", default: "100" },
    seed: { type: "string", default: "7" },
    steps: { type: "string", default: String(BUNDLED_SETTINGS.steps) },
    guidance: { type: "string", default: String(BUNDLED_SETTINGS.guidanceScale) },
    temperature: { type: "string", default: String(BUNDLED_SETTINGS.temperature) },
    threads: { type: "string" },
    out: { type: "string" },
  },
});
const images = Number(values.images);
const settings = {
  steps: Number(values.steps),
  guidanceScale: Number(values.guidance),
  temperature: Number(values.temperature),
  schedule: "cosine",
} as const;

const tasks = await groups(values.prompts, Number(values["per-task"]));
const threads = values.threads === undefined ? {} : { threads: Number(values.threads) };
const decoder = await openBundledDecoder(undefined, threads);
const sampler = await openBundledSampler(values.checkpoint, { decoder, settings, ...threads });
const detector = openBundledDetector();
const tally = new Map(TASKS.map((task) => [task as string, { images: 0, right: 0, groups: 0, passed: 0 }]));
const started = performance.now();
if (values.out === undefined) for await (const _ of labelled());
else await writeLabelled(values.out, labelled(), { tokens: 64, words: TEXT_LENGTH });
report();
await sampler.close();

/** The same number of searches for every task: small tasks take several attempts a prompt. */
async function groups(file: string, perTask: number) {
  const { prompts } = await readPrompts(file);
  return TASKS.flatMap((task) => {
    const own = prompts.filter(({ metadata }) => metadata?.tag === task);
    return [...attempts(own, Math.ceil(perTask / own.length))]
      .sort((a, b) => a.attempt - b.attempt)
      .slice(0, perTask);
  });
}

async function* labelled(): AsyncGenerator<LabelledRow> {
  const strategy = plain({ candidates: images, seed: Number(values.seed) });
  let index = 0;
  for await (const { prompt, candidates } of search(tasks, { sampler, strategy })) {
    const pixels = await decoder.decode(candidates.map(({ tokens }) => tokens));
    const found = await detector.detect(pixels);
    const { metadata } = prompt;
    if (metadata === undefined) throw new Error(`No metadata for "${prompt.text}"`);
    const labels = found.map((detections) => Number(evaluateImage(detections, metadata).correct));
    count(metadata.tag, labels);
    for (const [row, { tokens, committedAt, seed }] of candidates.entries()) {
      yield {
        prompt: prompt.text,
        tag: metadata.tag,
        prompt_index: index,
        text: encodePrompt(prompt.text),
        tokens,
        committed_at: committedAt,
        seed,
        label: labels[row] as number,
      };
    }
    index += 1;
  }
}

function count(tag: string, labels: readonly number[]): void {
  const entry = tally.get(tag);
  if (entry === undefined) return;
  const right = labels.reduce((sum, label) => sum + label, 0);
  entry.images += labels.length;
  entry.right += right;
  entry.groups += 1;
  entry.passed += Number(right > 0);
}

function report(): void {
  const rows = [...tally].filter(([, entry]) => entry.groups > 0);
  const means = rows.map(([, { right, images: all }]) => right / all);
  const passes = rows.map(([, { passed, groups: all }]) => passed / all);
  const seconds = (performance.now() - started) / 1000;
  const sampled = rows.reduce((sum, [, { images: all }]) => sum + all, 0);
  console.log(
    JSON.stringify({
      ...settings,
      overall: average(means),
      [`pass@${images}`]: average(passes),
      tasks: Object.fromEntries(rows.map(([task], row) => [task, [round(means[row]), round(passes[row])]])),
      images: sampled,
      images_per_second: round(sampled / seconds),
    }),
  );
}

function average(values: readonly number[]): number {
  return round(values.reduce((sum, value) => sum + value, 0) / values.length);
}

function round(value = Number.NaN): number {
  return Math.round(value * 1000) / 1000;
}
