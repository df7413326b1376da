import { type PromptMetadata, TASKS, type Task } from "../../records/prompt.js";
import { wrongCaptions } from "./captions.js";
import { isHeldOut, promptsOf } from "./combinations.js";
import { createRandom, mix, type Random } from "./random.js";
import { renderScene } from "./render.js";
import { sampleScene } from "./sample-scene.js";
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

/** Yields `count` rows; row n depends on (seed, n) alone. No caption uses a held-out combination. */
export function* trainingRows(settings: {
  readonly count: number;
  readonly seed: number;
  readonly taskWeights?: TaskWeights;
}): Generator<TrainingRow> {
  const weights = settings.taskWeights ?? TASK_WEIGHTS;
  const prompts = Object.fromEntries(
    TASKS.map((task) => [task, promptsOf(task).filter((prompt) => !isHeldOut(prompt))]),
  ) as Record<Task, PromptMetadata[]>;
  for (let index = 0; index < settings.count; index++) {
    const random = createRandom(mix(settings.seed, index));
    const task = pickTask(weights, random);
    yield trainingRow(task, random.pick(prompts[task]), random);
  }
}

function trainingRow(task: Task, prompt: PromptMetadata, random: Random): TrainingRow {
  const scene = sampleScene(prompt, random);
  const wrongTexts = new Uint16Array(WRONG_CAPTIONS * TEXT_LENGTH);
  for (const [index, wrong] of wrongCaptions(prompt, scene, WRONG_CAPTIONS, random).entries()) {
    wrongTexts.set(encodePrompt(wrong.prompt), index * TEXT_LENGTH);
  }
  const { data } = renderScene(scene, random.bits());
  return { task, pixels: data, text: encodePrompt(prompt.prompt), wrongTexts };
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
