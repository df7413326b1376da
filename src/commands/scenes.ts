import { createScenesDetector } from "../adapters/scenes/detect.js";
import { ConfigError } from "../errors.js";
import {
  type AccuracySettings,
  type DetectorAccuracy,
  measureDetector,
} from "../families/detector-accuracy.js";

/** What `espalier scenes accuracy` can be told. */
export interface ScenesAccuracyFlags {
  readonly count: number;
  readonly seed: number;
  readonly json: boolean;
  readonly reconstruct?: AccuracySettings["reconstruct"];
}

/** Measures the detector of the bundled domain on rendered scenes of known content; returns the text to print. */
export async function scenesAccuracy(flags: ScenesAccuracyFlags): Promise<string> {
  if (!Number.isInteger(flags.count) || flags.count < 6) {
    throw new ConfigError(
      `--count ${flags.count} cannot be used: expected a whole number of scenes, at least 6 (one a task).`,
    );
  }
  const { count, seed, reconstruct } = flags;
  const detector = createScenesDetector();
  const accuracy = await measureDetector({ detector, count, seed, ...(reconstruct ? { reconstruct } : {}) });
  return flags.json ? JSON.stringify(accuracy) : accuracyTable(accuracy);
}

/** The measurement as a terminal table. */
export function accuracyTable(accuracy: DetectorAccuracy): string {
  const rows = accuracy.tasks.map((task) =>
    row(
      task.task,
      task.images,
      percent(task.correct),
      percent(task.exact),
      task.millisecondsPerImage.toFixed(2),
    ),
  );
  return [
    row("task", "images", "correct", "exact", "ms an image"),
    ...rows,
    "",
    "correct: GenEval's rules accept the true prompt; exact: all classes and colours found, and nothing else.",
    `With another image's prompt: ${percent(accuracy.shuffledAccepted)} accepted, ` +
      `${percent(accuracy.shuffledWronglyAccepted)} although the prompt is false.`,
  ].join("\n");
}

function row(task: string, ...cells: readonly (string | number)[]): string {
  return task.padEnd(14) + cells.map((cell) => String(cell).padStart(12)).join("");
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)}%`;
}
