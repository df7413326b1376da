import type { AnswerRow } from "../../adapters/arrow/index.js";
import { QUESTIONS, type Question } from "../../records/verdict.js";
import { auc, promptAucs, type RankedInPrompt } from "../../statistics/auc.js";
import { BOOTSTRAP_DEFAULTS, bootstrap } from "../../statistics/bootstrap.js";
import { accuracy, type Calibration, calibration } from "../../statistics/calibration.js";
import type { FalsehoodQuality } from "./falsehoods.js";

/** How good answers are; a measure that their labels do not allow is null. */
export interface AnswerQuality {
  /** Scored answers, and those of them that should be yes. */
  readonly answers: number;
  readonly yes: number;
  /** Verdicts without a score: they count in nothing else. */
  readonly failed: number;
  /** At P(yes) = 0.5. */
  readonly accuracy: number | null;
  readonly auc: number | null;
  /** Mean of the AUCs of prompts with both labels, its 95% interval, and how many there are. */
  readonly withinPromptAuc: number | null;
  readonly interval: readonly [low: number, high: number] | null;
  readonly prompts: number;
  /** Expected calibration error. */
  readonly calibrationError: number | null;
}

export interface QuestionQuality extends AnswerQuality {
  /** Those that hold answers. */
  readonly bins: Calibration["bins"];
  readonly steps: readonly (AnswerQuality & { readonly step: number })[];
  readonly tasks: Readonly<Record<string, AnswerQuality>>;
}

export interface JudgeQuality {
  /** Of the questions that were asked. */
  readonly questions: Partial<Readonly<Record<Question, QuestionQuality>>>;
  /** Potential at the first step at which each path is clear by its label: where PARM cuts. */
  readonly firstClear: AnswerQuality;
  /** By what is false about a caption; empty where the family has no scenes to ask about. */
  readonly falsehoods?: readonly FalsehoodQuality[];
}

/** Measures answers by question, step and task. `seed` is the bootstrap's. */
export function judgeQuality(answers: readonly AnswerRow[], seed: number): JudgeQuality {
  const asked = QUESTIONS.map(
    (question) => [question, answers.filter((one) => one.question === question)] as const,
  );
  const questions = asked
    .filter(([, own]) => own.length > 0)
    .map(([question, own]) => [question, ofQuestion(own, seed)]);
  return { questions: Object.fromEntries(questions), firstClear: qualityOf(firstPotentials(answers), seed) };
}

/** Questions that were asked, in their order. */
export function askedQuestions({ questions }: JudgeQuality) {
  return QUESTIONS.flatMap((question) => {
    const own = questions[question];
    return own === undefined ? [] : [[question, own] as const satisfies readonly [Question, unknown]];
  });
}

function ofQuestion(answers: readonly AnswerRow[], seed: number): QuestionQuality {
  const steps = groupBy(answers, ({ step }) => step);
  const tasks = groupBy(answers, ({ tag }) => tag);
  return {
    ...qualityOf(answers, seed),
    bins: calibration(ranked(answers)).bins.filter(({ count }) => count > 0),
    steps: [...steps]
      .sort(([one], [other]) => one - other)
      .map(([step, own]) => ({ step, ...qualityOf(own, seed) })),
    tasks: Object.fromEntries([...tasks].map(([tag, own]) => [tag, qualityOf(own, seed)])),
  };
}

function qualityOf(answers: readonly AnswerRow[], seed: number): AnswerQuality {
  const items = ranked(answers);
  const areas = promptAucs(items);
  const within = meanWithInterval(areas, seed);
  return {
    answers: items.length,
    yes: items.filter(({ correct }) => correct).length,
    failed: answers.length - items.length,
    accuracy: orNull(accuracy(items)),
    auc: orNull(auc(items)),
    withinPromptAuc: within?.value ?? null,
    interval: within === undefined ? null : [within.low, within.high],
    prompts: areas.length,
    calibrationError: orNull(calibration(items).error),
  };
}

function meanWithInterval(values: readonly number[], seed: number) {
  if (values.length === 0) return undefined;
  const numerators = Float64Array.from(values);
  const stratum = { tag: "prompts", numerators, images: new Float64Array(values.length).fill(1) };
  return bootstrap([stratum], { ...BOOTSTRAP_DEFAULTS, resamples: RESAMPLES, seed }).overall;
}

const RESAMPLES = 2000;

/** A path's potential is labelled from its first clear step on. */
function firstPotentials(answers: readonly AnswerRow[]): AnswerRow[] {
  const first = new Map<string, AnswerRow>();
  for (const answer of answers) {
    if (answer.question !== "potential") continue;
    const known = first.get(answer.path);
    if (known === undefined || answer.step < known.step) first.set(answer.path, answer);
  }
  return [...first.values()];
}

function ranked(answers: readonly AnswerRow[]): RankedInPrompt[] {
  return answers.flatMap(({ promptId, score, correct }) =>
    score === null ? [] : [{ promptId, score, correct }],
  );
}

function groupBy<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

/** JSON has no NaN. */
function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
