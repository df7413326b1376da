import { alignColumns } from "../pages/align-columns.js";
import { type AnswerQuality, askedQuestions, type JudgeQuality } from "./quality.js";

/** Quality for a terminal: every question, then every question at every step. Lines without a trailing newline. */
export function qualityTable(quality: JudgeQuality): string {
  const asked = askedQuestions(quality);
  const steps = asked.flatMap(([question, { steps: own }]) =>
    own.map(({ step, ...one }) => [question, String(step), ...cellsOf(one)]),
  );
  const rows = falsehoodRows(quality);
  return [
    alignColumns(
      ["question", ...HEAD],
      [...asked.map(([question, one]) => [question, ...cellsOf(one)]), firstRow(quality)],
      ["left"],
    ),
    alignColumns(["question", "step", ...HEAD], steps, ["left"]),
    ...(rows.length > 0 ? [alignColumns(FALSEHOOD_HEAD, rows, ["left"])] : []),
    NOTE,
  ].join("\n\n");
}

/** What the columns of `cellsOf` are called. */
export const HEAD = [
  "answers",
  "yes",
  "failed",
  "accuracy",
  "AUC",
  "AUC within\nprompt",
  "interval",
  "prompts",
  "ECE",
];

/** A quality's figures as people read them; "-" where labels allow none. */
export function cellsOf(quality: AnswerQuality): string[] {
  const { answers, yes, failed, accuracy, auc, withinPromptAuc, interval, prompts, calibrationError } =
    quality;
  const range = interval === null ? "-" : `${digits(interval[0])} to ${digits(interval[1])}`;
  const share = answers === 0 ? "-" : digits(yes / answers);
  return [
    String(answers),
    share,
    String(failed),
    digits(accuracy),
    digits(auc),
    digits(withinPromptAuc),
    range,
    String(prompts),
    digits(calibrationError),
  ];
}

export const FIRST_CLEAR = "potential at the first clear step";

/** What the columns of `falsehoodRows` are called. */
export const FALSEHOOD_HEAD = ["false caption", "scenes", "told"];

/** How often true captions are told from false ones, a row a kind. */
export function falsehoodRows({ falsehoods = [] }: JudgeQuality): string[][] {
  return falsehoods.map(({ kind, pairs, told }) => [kind, String(pairs), digits(told)]);
}

/** What a reader must know. */
export const NOTE =
  "yes: share whose label is yes. AUC within prompt: mean over prompts with both labels, 95% bootstrap interval over them. " +
  "ECE: expected calibration error, ten bins. Told: how often the true caption of a rendered scene scores above a false one; " +
  "0.5 is chance.";

function firstRow({ firstClear }: JudgeQuality): string[] {
  return [FIRST_CLEAR, ...cellsOf(firstClear)];
}

function digits(value: number | null): string {
  return value === null ? "-" : value.toFixed(3);
}
