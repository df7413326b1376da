import { evaluateImage } from "../geneval/evaluate.js";
import type { Detection } from "../records/detection.js";
import type { Pixels } from "../records/image.js";
import { type PromptMetadata, TASKS, type Task } from "../records/prompt.js";
import type { Detector } from "../records/seams.js";
import { renderScene } from "../scenes/drawing/render.js";
import { sampleScene } from "../scenes/drawing/sample-scene.js";
import type { Scene } from "../scenes/drawing/scene.js";
import { promptsOf } from "../scenes/language/combinations.js";
import { createRandom, mix } from "../scenes/random.js";
import { detectionsOf } from "./scene-truth.js";

/** How well a detector reads images whose content is known. Shares are 0..1. */
export interface DetectorAccuracy {
  readonly images: number;
  readonly tasks: readonly TaskAccuracy[];
  /** Share accepted when each image is checked against the prompt of another one. */
  readonly shuffledAccepted: number;
  /** Share accepted that way although the prompt is false of the scene: the detector's own mistakes. */
  readonly shuffledWronglyAccepted: number;
}

export interface TaskAccuracy {
  readonly task: Task;
  readonly images: number;
  /** Images that GenEval's rules accept for their own, true prompt. */
  readonly correct: number;
  /** Images whose objects were all found with class and colour, and nothing else. */
  readonly exact: number;
  /** Detection time. */
  readonly millisecondsPerImage: number;
}

/** What an accuracy measurement runs on. */
export interface AccuracySettings {
  readonly detector: Detector;
  /** Scenes in all, shared evenly by the six tasks. */
  readonly count: number;
  readonly seed: number;
  /** Passes images through something lossy first, such as the tokenizer. */
  readonly reconstruct?: (images: readonly Pixels[]) => Promise<Pixels[]>;
}

/** GenEval keeps detections above this score. */
const KEPT_SCORE = 0.3;

/** Renders scenes of every task, held-out combinations included, and compares what is detected with what was drawn. */
export async function measureDetector(settings: AccuracySettings): Promise<DetectorAccuracy> {
  const perTask = Math.ceil(settings.count / TASKS.length);
  const measured: Measured[][] = [];
  for (const task of TASKS) measured.push(await measureTask(settings, task, perTask));
  const all = measured.flat();
  const shuffled = all.map(({ scene, detections }, index) => {
    const other = all[(index + shift(settings.seed, all.length)) % all.length] as Measured;
    const accepted = evaluateImage(detections, other.prompt).correct;
    return { accepted, wrongly: accepted && !evaluateImage(detectionsOf(scene), other.prompt).correct };
  });
  return {
    images: all.length,
    tasks: measured.map((images, index) => summaryOf(TASKS[index] as Task, images)),
    shuffledAccepted: share(shuffled, ({ accepted }) => accepted),
    shuffledWronglyAccepted: share(shuffled, ({ wrongly }) => wrongly),
  };
}

interface Measured {
  readonly prompt: PromptMetadata;
  readonly scene: Scene;
  readonly detections: readonly Detection[];
  readonly milliseconds: number;
}

const BATCH = 64;

async function measureTask(settings: AccuracySettings, task: Task, count: number): Promise<Measured[]> {
  const measured: Measured[] = [];
  for (let start = 0; start < count; start += BATCH) {
    const drawn = Array.from({ length: Math.min(BATCH, count - start) }, (_, offset) =>
      drawScene(task, mix(settings.seed, (start + offset) * TASKS.length + TASKS.indexOf(task))),
    );
    const pixels = drawn.map((one) => one.pixels);
    const images = settings.reconstruct ? await settings.reconstruct(pixels) : pixels;
    const started = performance.now();
    const detections = await settings.detector.detect(images);
    const milliseconds = (performance.now() - started) / images.length;
    measured.push(...drawn.map((one, at) => ({ ...one, detections: detections[at] ?? [], milliseconds })));
  }
  return measured;
}

function drawScene(task: Task, seed: number) {
  const random = createRandom(seed);
  const prompt = random.pick(promptsOf(task));
  const scene = sampleScene(prompt, random);
  return { prompt, scene, pixels: renderScene(scene, random.bits()) };
}

function summaryOf(task: Task, images: readonly Measured[]): TaskAccuracy {
  return {
    task,
    images: images.length,
    correct: share(images, ({ prompt, detections }) => evaluateImage(detections, prompt).correct),
    exact: share(
      images,
      ({ scene, detections }) => nameObjects(detections) === nameObjects(detectionsOf(scene)),
    ),
    millisecondsPerImage: images.reduce((sum, image) => sum + image.milliseconds, 0) / images.length,
  };
}

function nameObjects(detections: readonly Detection[]): string {
  const kept = detections.filter((detection) => detection.score > KEPT_SCORE);
  return kept
    .map((detection) => `${detection.color} ${detection.class}`)
    .sort()
    .join(", ");
}

/** How far prompts are shifted against images: at least one sixth, so that most come from another task. */
function shift(seed: number, images: number): number {
  const least = Math.ceil(images / TASKS.length);
  return least + (mix(seed, images) % Math.max(1, images - 2 * least));
}

function share<Item>(items: readonly Item[], holds: (item: Item) => boolean): number {
  return items.filter(holds).length / items.length;
}
