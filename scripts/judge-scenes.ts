/**
 * Writes what a zero-shot judge learns from: rendered scenes, whole and partly drawn, under a true and a minimally wrong
 * caption. No generated image is among them: a step is imitated by replacing tokens that would not be settled yet.
 * `npx tsx scripts/judge-scenes.ts --count 10000 --seed 3 --out build/judge-scenes.arrow`
 */
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { type JudgeFileRow, writeJudgeRows } from "../src/adapters/arrow/index.js";
import { maskedCounts } from "../src/adapters/onnx/schedule.js";
import { type PartlyDrawn, partlyDrawn } from "../src/adapters/scenes/partly-drawn.js";
import { createRandom, mix, type Random } from "../src/adapters/scenes/random.js";
import type { Scene } from "../src/adapters/scenes/scene.js";
import { type TrainingScene, trainingScenes } from "../src/adapters/scenes/training-rows.js";
import { encodePrompt, TEXT_LENGTH } from "../src/adapters/scenes/vocabulary.js";
import {
  BUNDLED_MODELS,
  BUNDLED_SETTINGS,
  openBundledDecoder,
  openBundledDetector,
  openBundledEncoder,
} from "../src/families/bundled.js";
import type { Candidate } from "../src/records/candidate.js";
import type { Detection } from "../src/records/detection.js";
import type { PromptMetadata } from "../src/records/prompt.js";
import type { Trajectory } from "../src/search/trajectories.js";
import { labelTrajectory } from "../src/stages/judge-data/label-trajectory.js";

const { values } = parseArgs({
  options: {
    count: { type: "string", default: "10000" },
    seed: { type: "string", default: "3" },
    threads: { type: "string" },
    out: { type: "string", default: "build/judge-scenes.arrow" },
  },
});
const [count, seed] = [Number(values.count), Number(values.seed)];
const threads = values.threads === undefined ? {} : { threads: Number(values.threads) };
const { steps } = BUNDLED_SETTINGS;
/** Scenes in memory at a time: unsettled tokens are taken from each other's. */
const CHUNK = 64;

const encoder = await openBundledEncoder(`${BUNDLED_MODELS}/scenes-tokenizer`, threads);
const decoder = await openBundledDecoder(undefined, threads);
const detector = openBundledDetector();
const masked = maskedCounts(encoder.tokens, steps);
mkdirSync(dirname(values.out), { recursive: true });
const shape = { tokens: encoder.tokens, text: TEXT_LENGTH };
const { rows, sha256 } = await writeJudgeRows(values.out, labelledScenes(), shape);
console.log(JSON.stringify({ scenes: count, rows, sha256 }));
await Promise.all([encoder.close(), decoder.close()]);

async function* labelledScenes(): AsyncGenerator<JudgeFileRow> {
  let number = 0;
  for (const chunk of chunksOf(trainingScenes({ count, seed }), CHUNK)) {
    const grids = await encoder.encode(chunk.map(({ pixels }) => pixels));
    const states = grids.map((grid, index) => {
      const { scene } = chunk[index] as TrainingScene;
      return midway(scene, grid, grids, createRandom(mix(seed, number + index)));
    });
    const seen = await detector.detect(
      await decoder.decode([...grids, ...states.map(({ preview }) => preview.tokens)]),
    );
    for (const [index, scene] of chunk.entries()) {
      const views = { whole: seen[index] as Detection[], part: seen[chunk.length + index] as Detection[] };
      yield* rowsOf(scene, grids[index] as Uint16Array, states[index] as Midway, views, `scene-${number++}`);
    }
  }
}

interface Midway {
  readonly step: number;
  readonly preview: PartlyDrawn;
}

function midway(scene: Scene, grid: Uint16Array, others: readonly Uint16Array[], random: Random): Midway {
  const step = 1 + random.index(steps - 1);
  const preview = partlyDrawn(scene, grid, { masked: masked[step] as number, others, random });
  return { step, preview };
}

/**
 * The scene as a trajectory of two states, labelled as generated ones are: the only way that the part can be completed is
 * the whole. Rows of one scene count as one prompt, so that captions of it are ranked against each other.
 */
function* rowsOf(
  { caption, wrongCaptions }: TrainingScene,
  tokens: Uint16Array,
  { step, preview }: Midway,
  { whole, part }: { readonly whole: readonly Detection[]; readonly part: readonly Detection[] },
  id: string,
): Generator<JudgeFileRow> {
  const candidate = candidateOf(id, tokens);
  const image = { tokens, pixels: noPixels };
  const trajectory: Trajectory = {
    candidate,
    states: [
      { step, preview: { ...preview, pixels: noPixels }, completions: [candidate] },
      { step: steps, preview: image, completions: [] },
    ],
  };
  const seen = { states: [part, whole], completions: [[whole], []] };
  for (const metadata of [caption, wrongCaptions[0] as PromptMetadata]) {
    const prompt = { id, text: metadata.prompt, metadata, encoded: encodePrompt(metadata.prompt) };
    const [midState, _completion, end] = labelTrajectory(prompt, trajectory, seen);
    yield midState as JudgeFileRow;
    yield end as JudgeFileRow;
  }
}

function candidateOf(id: string, tokens: Uint16Array): Candidate {
  return {
    ...{ id, promptId: id, checkpoint: "", seed: 0, tokens, steps, reason: "" },
    settings: BUNDLED_SETTINGS,
    committedAt: new Uint8Array(tokens.length),
    status: "finished",
  };
}

function noPixels(): Promise<never> {
  throw new Error("A rendered scene's row is written from its tokens.");
}

function* chunksOf<Item>(items: Iterable<Item>, size: number): Generator<Item[]> {
  let chunk: Item[] = [];
  for (const item of items) {
    chunk.push(item);
    if (chunk.length === size) {
      yield chunk;
      chunk = [];
    }
  }
  if (chunk.length > 0) yield chunk;
}
