import type { Pixels } from "../records/image.js";
import { type PromptMetadata, TASKS, type Task } from "../records/prompt.js";
import { renderScene } from "./drawing/render.js";
import { sampleScene } from "./drawing/sample-scene.js";
import type { Scene } from "./drawing/scene.js";
import { MOST_OBJECTS, phrasesOf, placesOf } from "./grounding.js";
import { type FalseCaption, wrongCaptions } from "./language/captions.js";
import { isHeldOut, promptsOf } from "./language/combinations.js";
import { enrichedCaption } from "./language/enrich.js";
import { FALSEHOODS } from "./language/falsehoods.js";
import { encodePrompt, TEXT_LENGTH } from "./language/vocabulary.js";
import { createRandom, mix, type Random } from "./random.js";

/** One rendered scene with a true caption and minimally wrong ones. */
export interface TrainingRow {
  readonly task: Task;
  /** RGB, row-major, length 64 * 64 * 3. */
  readonly pixels: Uint8Array;
  /** Word ids of the true caption, shape (8,). */
  readonly text: Uint16Array;
  /** Word ids of WRONG_CAPTIONS false captions one after the other, shape (8 * 8,). */
  readonly wrongTexts: Uint16Array;
  /** What is false about each: its place in FALSEHOODS, shape (8,). */
  readonly falsehoods: Uint16Array;
  /** Reasons against each as bits, the first reason lowest, shape (8,). */
  readonly reasons: Uint16Array;
  /** The token of each object's centre, shape (4,); see `placesOf`. */
  readonly places: Uint16Array;
  /** Which thing of the caption each object is, of the true caption and then of each false one, shape (9 * 4,); see `phrasesOf`. */
  readonly phrases: Uint16Array;
}

/** A rendered scene and captions of it that are true and minimally wrong. */
export interface TrainingScene {
  readonly scene: Scene;
  readonly pixels: Pixels;
  readonly caption: PromptMetadata;
  /** WRONG_CAPTIONS of them. */
  readonly wrongCaptions: readonly FalseCaption[];
}

export type TaskWeights = Readonly<Record<Task, number>>;

/** Wrong captions beside each true one. */
export const WRONG_CAPTIONS = 8;
/** Share of scenes whose caption says more than a prompt of its task does, where its task has such captions. */
export const RICHER_SHARE = 0.4;

/** Harder tasks get more scenes. */
export const TASK_WEIGHTS: TaskWeights = {
  single_object: 0.06,
  two_object: 0.2,
  counting: 0.2,
  colors: 0.12,
  position: 0.22,
  color_attr: 0.2,
};

export interface TrainingScenes {
  readonly count: number;
  readonly seed: number;
  readonly taskWeights?: TaskWeights;
  /** Captions are these prompts alone, and false ones may say what is held out: scenes to measure on, not to learn from. */
  readonly prompts?: readonly PromptMetadata[];
}

/** Flags of what a caption gets wrong about a scene. */
export type ReasonBits = (caption: PromptMetadata, scene: Scene) => number;

/** Yields `count` rows; row n depends on (seed, n) alone. Without `prompts` no caption says a held-out combination. */
export function* trainingRows(settings: TrainingScenes, reasonBits: ReasonBits): Generator<TrainingRow> {
  for (const { scene, pixels, caption, wrongCaptions: wrong } of trainingScenes(settings)) {
    const captions = [caption, ...wrong.map((one) => one.caption)];
    yield {
      task: caption.tag as Task,
      pixels: pixels.data,
      text: encodePrompt(caption.prompt),
      wrongTexts: joined(captions.slice(1), TEXT_LENGTH, ({ prompt }) => encodePrompt(prompt)),
      falsehoods: Uint16Array.from(wrong, ({ kind }) => FALSEHOODS.indexOf(kind)),
      reasons: Uint16Array.from(wrong, (one) => reasonBits(one.caption, scene)),
      places: placesOf(scene),
      phrases: joined(captions, MOST_OBJECTS, (one) => phrasesOf(one, scene)),
    };
  }
}

/** The same scenes with their captions as metadata. */
export function* trainingScenes(settings: TrainingScenes): Generator<TrainingScene> {
  const { count, seed, taskWeights = TASK_WEIGHTS, prompts } = settings;
  const byTask = promptsByTask(prompts);
  const weights = Object.fromEntries(
    TASKS.map((task) => [task, byTask[task].length > 0 ? taskWeights[task] : 0]),
  ) as unknown as TaskWeights;
  for (let index = 0; index < count; index++) {
    const random = createRandom(mix(seed, index));
    const plain = random.pick(byTask[pickTask(weights, random)]);
    const isRicher = prompts === undefined && random.uniform(0, 1) < RICHER_SHARE;
    const caption = isRicher ? enrichedCaption(plain, random) : plain;
    const scene = sampleScene(caption, random);
    const heldOut = prompts !== undefined;
    const wrong = wrongCaptions(caption, scene, { count: WRONG_CAPTIONS, random, heldOut });
    yield { scene, pixels: renderScene(scene, random.bits()), caption, wrongCaptions: wrong };
  }
}

function promptsByTask(prompts: readonly PromptMetadata[] | undefined): Record<Task, PromptMetadata[]> {
  const own = (task: Task) =>
    prompts?.filter(({ tag }) => tag === task) ?? promptsOf(task).filter((prompt) => !isHeldOut(prompt));
  return Object.fromEntries(TASKS.map((task) => [task, own(task)])) as Record<Task, PromptMetadata[]>;
}

/** Lists of `width` numbers one after the other. */
function joined<Item>(
  items: readonly Item[],
  width: number,
  listOf: (item: Item) => Uint16Array,
): Uint16Array {
  const lists = new Uint16Array(items.length * width);
  for (const [index, item] of items.entries()) lists.set(listOf(item), index * width);
  return lists;
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
