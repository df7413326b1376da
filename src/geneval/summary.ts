/** One evaluated image. */
export interface EvaluatedImage {
  readonly tag: string;
  /** Whatever tells prompts apart: an id, or the metadata's text. */
  readonly promptKey: string;
  readonly correct: boolean;
}

export interface TaskScore {
  readonly tag: string;
  readonly correct: number;
  readonly total: number;
  /** Mean over images, 0..1. */
  readonly score: number;
}

/** What geneval's `summary_scores.py` reports, unrounded. */
export interface GenEvalSummary {
  readonly images: number;
  readonly prompts: number;
  /** Share of correct images, 0..1. */
  readonly imageAccuracy: number;
  /** Share of prompts with at least one correct image, 0..1. */
  readonly promptAccuracy: number;
  /** In order of first appearance. */
  readonly tasks: readonly TaskScore[];
  /** Unweighted mean of the task scores, 0..1: GenEval's headline number. NaN without images. */
  readonly overall: number;
}

/** Adds up evaluated images. */
export function summarise(images: Iterable<EvaluatedImage>): GenEvalSummary {
  const byTask = new Map<string, { correct: number; total: number }>();
  const solved = new Map<string, boolean>();
  for (const image of images) {
    const task = byTask.get(image.tag) ?? { correct: 0, total: 0 };
    byTask.set(image.tag, { correct: task.correct + Number(image.correct), total: task.total + 1 });
    solved.set(image.promptKey, (solved.get(image.promptKey) ?? false) || image.correct);
  }
  const tasks = [...byTask].map(([tag, task]) => ({ tag, ...task, score: task.correct / task.total }));
  const total = sum(tasks.map((task) => task.total));
  return {
    images: total,
    prompts: solved.size,
    imageAccuracy: sum(tasks.map((task) => task.correct)) / total,
    promptAccuracy: sum([...solved.values()].map(Number)) / solved.size,
    tasks,
    overall: sum(tasks.map((task) => task.score)) / tasks.length,
  };
}

/** The reference's printout, line by line. */
export function summaryLines(summary: GenEvalSummary): string[] {
  return [
    "Summary",
    "=======",
    `Total images: ${summary.images}`,
    `Total prompts: ${summary.prompts}`,
    `% correct images: ${percent(summary.imageAccuracy)}`,
    `% correct prompts: ${percent(summary.promptAccuracy)}`,
    "",
    "Task breakdown",
    "==============",
    ...summary.tasks.map(
      (task) => `${task.tag.padEnd(16)} = ${percent(task.score)} (${task.correct} / ${task.total})`,
    ),
    "",
    `Overall score (avg. over tasks): ${summary.overall.toFixed(5)}`,
  ];
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)}%`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
