import type { QuestionsConfig } from "../../config/schema/questions.js";
import { StoreError } from "../../errors.js";
import type { Comparison, ComparisonItem, Judge, JudgeItem } from "../../records/seams.js";
import { QUESTIONS, type Question, type Verdict } from "../../records/verdict.js";
import { answerQuestion } from "./answer-question.js";
import { comparePictures } from "./compare-pictures.js";
import { rankByPrompt } from "./rank-by-prompt.js";
import type { Failure, Talker } from "./talker.js";

export interface AskingOptions {
  readonly identity: string;
  readonly talker: Talker;
  readonly questions: QuestionsConfig;
  /** Questions worth asking together. */
  readonly batch: number;
}

/** A judge that is asked in words. Pairwise questions are answered by a tournament among the pictures of a prompt. */
export function askingJudge({ identity, talker, questions, batch }: AskingOptions): Judge {
  const { outcome } = questions;
  const compare = (items: readonly ComparisonItem[]): Promise<Comparison[]> =>
    settled(items, (item) =>
      comparePictures(talker, outcome.kind === "pairwise" ? outcome : questions.compare, item),
    );
  return {
    identity,
    questions: QUESTIONS,
    batch,
    isRelative: outcome.kind === "pairwise",
    ask: async (question: Question, items: readonly JudgeItem[]): Promise<Verdict[]> => {
      const asked = questions[question];
      if (asked.kind === "pairwise") return rankByPrompt(items, asked, compare);
      return settled(items, (item) => answerQuestion(talker, asked, item));
    },
    compare,
    close: async () => undefined,
  };
}

/**
 * Answers about all items, as many at once as whoever is asked takes. A picture that cannot be read is a failure of its own;
 * where no answer can be had at all, what is under way ends first, so that it is kept.
 */
async function settled<Item, Answer>(
  items: readonly Item[],
  answer: (item: Item) => Promise<Answer>,
): Promise<(Answer | Failure)[]> {
  const ended = await Promise.allSettled(items.map(answer));
  return ended.map((one) => {
    if (one.status === "fulfilled") return one.value;
    if (one.reason instanceof StoreError) return { kind: "failed", reason: one.reason.message };
    throw one.reason;
  });
}
