import type { Pixels } from "../../records/image.js";
import { type PromptMetadata, TASKS, type Task } from "../../records/prompt.js";
import { wrongCaptions } from "./captions.js";
import { isHeldOut, promptsOf } from "./combinations.js";
import { createRandom, mix, type Random } from "./random.js";
import { renderScene } from "./render.js";
import { sampleScene } from "./sample-scene.js";
import type { Scene } from "./scene.js";
import { encodePrompt, TEXT_LENGTH } from "./vocabulary.js";

/** One rendered scene with a true caption and minimally wrong ones. */
export interface TrainingRow {
  readonly task: Task;
  /** RGB, row-major, length 64 * 64 * 3. */
  readonly pixels: Uint8Array;
  /** Word ids of the true caption, shape (8,). */
  readonly text: Uint16Array;
  /** Word ids of WRONG_CAPTIONS false captions one after the other, shape (4 * 8,). */
  readonly wrongTexts: Uint16Array;
}

/** A rendered scene and captions of it that are true and minimally wrong. */
export interface TrainingScene {
  readonly scene: Scene;
  readonly pixels: Pixels;
  readonly caption: PromptMetadata;
  /** WRONG_CAPTIONS of them. */
  readonly wrongCaptions: readonly PromptMetadata[];
}

export type TaskWeights = Readonly<Record<Task, number>>;

/** Wrong captions beside each true one. */
export const WRONG_CAPTIONS = 4;

/** Harder tasks get more scenes. */
export const TASK_WEIGHTS: TaskWeights = {
  single_object: 0.06,
  two_object: 0.2,
  counting: 0.2,
  colors: 0.12,
  position: 0.22,
  color_attr: 0.2,
};

interface TrainingScenes {
  readonly count: number;
  readonly seed: number;
  readonly taskWeights?: TaskWeights;
}

/** Yields `count` rows; row n depends on (seed, n) alone. No caption uses a held-out combination. */
export function* trainingRows(settings: TrainingScenes): Generator<TrainingRow> {
  for (const { pixels, caption, wrongCaptions: wrong } of trainingScenes(settings)) {
    const wrongTexts = new Uint16Array(WRONG_CAPTIONS * TEXT_LENGTH);
    for (const [index, { prompt }] of wrong.entries()) {
      wrongTexts.set(encodePrompt(prompt), index * TEXT_LENGTH);
    }
    yield { task: caption.tag as Task, pixels: pixels.data, text: encodePrompt(caption.prompt), wrongTexts };
  }
}

/** The same scenes with their captions as metadata. */
export function* trainingScenes(settings: TrainingScenes): Generator<TrainingScene> {
  const weights = settings.taskWeights ?? TASK_WEIGHTS;
  const prompts = Object.fromEntries(
    TASKS.map((task) => [task, promptsOf(task).filter((prompt) => !isHeldOut(prompt))]),
  ) as Record<Task, PromptMetadata[]>;
  for (let index = 0; index < settings.count; index++) {
    const random = createRandom(mix(settings.seed, index));
    const caption = random.pick(prompts[pickTask(weights, random)]);
    const scene = sampleScene(caption, random);
    const wrong = wrongCaptions(caption, scene, WRONG_CAPTIONS, random);
    yield { scene, pixels: renderScene(scene, random.bits()), caption, wrongCaptions: wrong };
  }
}

function pickTask(weights: TaskWeights, random: Random): Task {
  const total = TASKS.reduce((sum, task) => sum + weights[task], 0);
  let left = random.uniform(0, total);
  for (const task of TASKS) {
    left -= weights[task];
    if (left < 0) return task;
  }
  return "color_attr";
}
