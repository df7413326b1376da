import type { JudgeFileRow } from "../../adapters/arrow/index.js";
import { NOT_ASKED, QUESTIONS, type Question } from "../../records/verdict.js";
import { hash32 } from "../seeds.js";

/** Share of the answers to each question that are no: reflection is taught to find faults (arXiv 2501.13926, section 4.1). */
const NO_SHARE: Readonly<Record<Question, number>> = {
  outcome: 0.5,
  process: 0.5,
  clarity: 0.5,
  potential: 0.5,
  reflection: 0.8,
};
/** Clarity comes with the steps: balanced at each of them, the early "no" and the late "yes" would all be thrown away. */
const OVER_STEPS: readonly Question[] = ["clarity"];
/** A question's answers of one task and step are at most this many times the median over tasks and steps. */
const LARGEST_CELL = 2;

/** Decides which answers are kept. */
export const BALANCE = { noShare: NO_SHARE, overSteps: OVER_STEPS, largestCell: LARGEST_CELL };

/** Answers of one question, task and step (clarity: of all steps), counted: [no, yes]. */
export type AnswerCounts = ReadonlyMap<string, readonly [no: number, yes: number]>;

/** Counts the answers of labelled images, by question, task and step. */
export async function countAnswers(rows: AsyncIterable<JudgeFileRow>): Promise<AnswerCounts> {
  const counts = new Map<string, [number, number]>();
  for await (const row of rows) {
    for (const [index, answer] of row.answers.entries()) {
      if (answer === NOT_ASKED) continue;
      const key = cellOf(row, index);
      const cell = counts.get(key) ?? [0, 0];
      cell[answer as 0 | 1] += 1;
      counts.set(key, cell);
    }
  }
  return counts;
}

/** Chance of each answer to be kept so that every cell has its question's share of no, and no cell outweighs the others. */
export function keepChances(counts: AnswerCounts): AnswerCounts {
  const chances = new Map<string, [number, number]>();
  for (const [index, question] of QUESTIONS.entries()) {
    const cells = [...counts].filter(([key]) => key.startsWith(`${index}|`));
    const balanced = cells.map(([key, [no, yes]]) => ({ key, ...balance(no, yes, NO_SHARE[question]) }));
    const most = LARGEST_CELL * median(balanced.map(({ kept }) => kept).filter((kept) => kept > 0));
    for (const { key, no, yes, kept } of balanced) {
      const share = kept > most ? most / kept : 1;
      chances.set(key, [no * share, yes * share]);
    }
  }
  return chances;
}

/** The row with only the answers that are kept; undefined when none is. Which are follows from seed, path, step and question. */
export function keepAnswers(
  row: JudgeFileRow,
  chances: AnswerCounts,
  seed: number,
): JudgeFileRow | undefined {
  const answers = row.answers.map((answer, index) => {
    if (answer === NOT_ASKED) return NOT_ASKED;
    const chance = chances.get(cellOf(row, index))?.[answer as 0 | 1] ?? 0;
    return hash32(seed, row.path, row.step, index) < chance * 2 ** 32 ? answer : NOT_ASKED;
  });
  return answers.every((answer) => answer === NOT_ASKED) ? undefined : { ...row, answers };
}

function cellOf({ tag, step }: JudgeFileRow, question: number): string {
  const isOverSteps = OVER_STEPS.includes(QUESTIONS[question] as Question);
  return `${question}|${tag}|${isOverSteps ? "all" : step}`;
}

/** Chances that leave `noShare` of the answers no, and how many are then kept. */
function balance(no: number, yes: number, noShare: number) {
  const kept = Math.min(no / noShare, yes / (1 - noShare));
  if (kept === 0) return { no: 0, yes: 0, kept };
  return { no: (kept * noShare) / no, yes: (kept * (1 - noShare)) / yes, kept };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}
