/**
 * Images per second of the sampler under the search scheduler, against a bare loop of the same ONNX session calls with
 * the same batch, in alternating rounds; and peak memory at few and at many candidates, each in a process of its own.
 * The last line is one JSON object. Images are not decoded on either side.
 *
 *   npm run bench:sampling -- [--quick] [--model FOLDER] [--slots N] [--threads N]
 */
import "../explain-faults.js";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { openModel } from "../../src/adapters/onnx/model.js";
import { OnnxSampler } from "../../src/adapters/onnx/sampler.js";
import { StepGraph } from "../../src/adapters/onnx/step-graph.js";
import { openPath } from "../../src/decoding/path.js";
import { BUNDLED_MODELS, BUNDLED_SETTINGS } from "../../src/families/bundled.js";
import { encodePrompt } from "../../src/scenes/language/vocabulary.js";
import { search } from "../../src/search/scheduling/scheduler.js";
import { plain } from "../../src/search/strategies/plain.js";
import type { SearchTask } from "../../src/search/strategy.js";
import { rounded } from "../rounded.js";

const { values: flags } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    model: { type: "string", default: join(BUNDLED_MODELS, "scenes-base") },
    slots: { type: "string" },
    threads: { type: "string" },
    /** Internal: measure memory over so many candidates, in this process. */
    memory: { type: "string" },
  },
});

const PROMPTS = ["a photo of two red stars", "a photo of a ring above a heart", "a photo of a blue cross"];
const CANDIDATES_A_TASK = 4;
/** Enough steps to pass through every state of a path; 50,000 full paths would take an hour. */
const MEMORY_STEPS = 2;

await main();

async function main(): Promise<void> {
  refuseMissingModel();
  if (flags.memory !== undefined) return measureMemory(Number(flags.memory));
  const [rounds, batches] = flags.quick ? [3, 4] : [9, 8];
  const speed = await measureSpeed(rounds, batches);
  const [few, many] = flags.quick ? [200, 2_000] : [1_000, 50_000];
  const [small, large] = [peakMegabytes(few), peakMegabytes(many)];
  console.log(JSON.stringify({ ...speed, peak_mb_small: small, peak_mb_large: large }));
}

/** Medians over rounds of `batches` full batches of images each; which side goes first alternates. */
async function measureSpeed(rounds: number, batches: number): Promise<Record<string, number>> {
  const sampler = await openSampler(BUNDLED_SETTINGS.steps);
  const images = batches * sampler.slots;
  const bare = await bareLoop(sampler.slots, batches * BUNDLED_SETTINGS.steps);
  const sides = { ours: [] as number[], bare: [] as number[] };
  await sampleAll(sampler, sampler.slots);
  for (let round = 0; round < rounds; round++) {
    const ours = async () => sides.ours.push(await seconds(() => sampleAll(sampler, images)));
    const theirs = async () => sides.bare.push(await seconds(bare));
    for (const side of round % 2 ? [ours, theirs] : [theirs, ours]) await side();
    say(
      `round ${round + 1} of ${rounds}: ${rate(images, sides.ours.at(-1))}, bare ${rate(images, sides.bare.at(-1))}`,
    );
  }
  await sampler.close();
  const [own, other] = [median(sides.ours), median(sides.bare)];
  return {
    images_per_second: rounded(images / own),
    bare_images_per_second: rounded(images / other),
    overhead: rounded(own / other - 1),
  };
}

async function openSampler(steps: number): Promise<OnnxSampler> {
  return OnnxSampler.open(flags.model, {
    ...numbers(),
    settings: { ...BUNDLED_SETTINGS, steps },
    encodePrompt,
    image: (tokens) => ({ tokens, pixels: () => Promise.reject(new Error("not decoded here")) }),
  });
}

/** The forward passes alone: the same graph, batch and buffers, without paths, draws taken over or scheduling. */
async function bareLoop(slots: number, passes: number): Promise<() => Promise<void>> {
  const model = await openModel(flags.model, "generator", "generator.onnx", numbers());
  const { grid, codebook_size: mask, text_length: textLength = 0 } = model.checkpoint.config;
  const shape = { tokens: grid * grid, mask };
  const graph = new StepGraph(model, slots, shape, textLength, BUNDLED_SETTINGS.guidanceScale);
  const text = encodePrompt(PROMPTS[0] as string);
  const paths = Array.from({ length: slots }, (_, seed) => openPath({ id: "", text: "" }, seed, text, shape));
  await graph.run(paths);
  return async () => {
    for (let pass = 0; pass < passes; pass++) await graph.run([]);
  };
}

async function sampleAll(sampler: OnnxSampler, images: number): Promise<void> {
  const strategy = plain({ candidates: CANDIDATES_A_TASK, seed: 0 });
  let sampled = 0;
  for await (const { candidates } of search(tasks(images), { sampler, strategy }))
    sampled += candidates.length;
  if (sampled !== images) throw new Error(`Expected ${images} images, got ${sampled}.`);
}

function* tasks(images: number): Generator<SearchTask> {
  for (let attempt = 0; attempt < images / CANDIDATES_A_TASK; attempt++) {
    const text = PROMPTS[attempt % PROMPTS.length] as string;
    yield { prompt: { id: text, text }, attempt };
  }
}

async function measureMemory(candidates: number): Promise<void> {
  await sampleAll(await openSampler(MEMORY_STEPS), candidates);
  console.log(process.resourceUsage().maxRSS / 1024);
}

function peakMegabytes(candidates: number): number {
  const self = fileURLToPath(import.meta.url);
  const given = ["slots", "threads"].flatMap((name) => {
    const value = flags[name as "slots" | "threads"];
    return value === undefined ? [] : [`--${name}`, value];
  });
  const command = ["--import", "tsx", self, "--memory", String(candidates), "--model", flags.model, ...given];
  const peak = rounded(Number(execFileSync(process.execPath, command, { encoding: "utf8" })));
  say(`peak memory over ${candidates} candidates: ${peak} MB`);
  return peak;
}

function refuseMissingModel(): void {
  if (existsSync(join(flags.model, "generator.onnx"))) return;
  console.error(`No generator.onnx in ${flags.model}: name a generator's folder with --model FOLDER.`);
  process.exit(2);
}

function numbers(): { slots?: number; threads?: number } {
  const { slots, threads } = flags;
  return { ...(slots ? { slots: Number(slots) } : {}), ...(threads ? { threads: Number(threads) } : {}) };
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] as number;
}

function rate(images: number, time = Number.NaN): string {
  return `${(images / time).toFixed(2)} images/s`;
}

function say(line: string): void {
  console.error(line);
}
