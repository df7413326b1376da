import { MOST } from "../config/limits.js";
import { ConfigError } from "../errors.js";
import type { DetectorAccuracy } from "../families/detector-accuracy.js";
import { closingAfter } from "../records/closing.js";
import type { Pixels } from "../records/image.js";
import { TASKS } from "../records/prompt.js";
import { defineCommand, number, type Report, text } from "./command.js";

export const scenes = defineCommand({
  name: "scenes",
  summary: "measure the detector of the bundled domain on scenes whose content is known",
  examples: ["espalier scenes accuracy", "espalier scenes accuracy --tokenizer data/models/scenes-tokenizer"],
  positionals: [{ name: "what", describe: "accuracy", required: true }],
  flags: {
    count: number(
      "scenes, shared evenly by the six tasks",
      { least: TASKS.length, most: MOST.stageImages },
      600,
    ),
    seed: number("seed of the scenes", { least: 0, most: 2 ** 32 - 1 }, 1),
    tokenizer: text<string | null>("encode and decode each scene with this tokenizer first", "folder", null),
  },
  async run([what = ""], flags) {
    if (what === "accuracy") return scenesAccuracy(flags);
    throw new ConfigError(`Expected "espalier scenes accuracy", got "espalier scenes ${what}".`);
  },
});

/** Measures the detector on rendered scenes; with a tokenizer, on their reconstructions. */
export async function scenesAccuracy(settings: {
  readonly count: number;
  readonly seed: number;
  /** Folder of the tokenizer; null measures the scenes as rendered. */
  readonly tokenizer: string | null;
}): Promise<Report> {
  const { count, seed, tokenizer } = settings;
  const { createScenesDetector } = await import("../scenes/detection/detect.js");
  const { measureDetector } = await import("../families/detector-accuracy.js");
  const detector = createScenesDetector();
  if (tokenizer === null) return reportOf(await measureDetector({ detector, count, seed }));
  const { OnnxDecoder } = await import("../adapters/onnx/decoder.js");
  const { OnnxEncoder } = await import("../adapters/onnx/encoder.js");
  const [encoder, decoder] = [await OnnxEncoder.open(tokenizer), await OnnxDecoder.open(tokenizer)];
  const reconstruct = async (images: readonly Pixels[]) => decoder.decode(await encoder.encode(images));
  const accuracy = await closingAfter(
    () => measureDetector({ detector, count, seed, reconstruct }),
    () => [encoder, decoder],
  );
  return reportOf(accuracy);
}

function reportOf(accuracy: DetectorAccuracy): Report {
  const rows = accuracy.tasks.map((task) =>
    row(
      task.task,
      task.images,
      percent(task.correct),
      percent(task.exact),
      task.millisecondsPerImage.toFixed(2),
    ),
  );
  const lines = [
    row("task", "images", "correct", "exact", "ms an image"),
    ...rows,
    "",
    "correct: GenEval's rules accept the true prompt; exact: all classes and colours found, and nothing else.",
    `With another image's prompt: ${percent(accuracy.shuffledAccepted)} accepted, ` +
      `${percent(accuracy.shuffledWronglyAccepted)} although the prompt is false.`,
  ];
  return { data: accuracy, text: lines.join("\n") };
}

function row(task: string, ...cells: readonly (string | number)[]): string {
  return task.padEnd(14) + cells.map((cell) => String(cell).padStart(12)).join("");
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)}%`;
}
