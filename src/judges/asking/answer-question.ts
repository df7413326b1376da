import {
  type AskedQuestion,
  type AtomicQuestion,
  type CriteriaQuestion,
  IMAGE,
  type ScaleQuestion,
  type YesNoQuestion,
} from "../../config/schema/questions.js";
import type { JudgeItem } from "../../records/seams.js";
import type { Verdict, VerdictPart } from "../../records/verdict.js";
import { partsOfPrompt } from "./parts-of-prompt.js";
import type { Failure, Talk, Talker } from "./talker.js";

/** A question about one picture. */
export type SingleQuestion = Exclude<AskedQuestion, { readonly kind: "pairwise" }>;

type Answer =
  | { readonly kind: "scored"; readonly score: number; readonly parts?: readonly VerdictPart[] }
  | Failure;

/** Asks a question about one picture. Whatever cannot be answered or read is a failed verdict. */
export async function answerQuestion(
  talker: Talker,
  question: SingleQuestion,
  item: JudgeItem,
): Promise<Verdict> {
  switch (question.kind) {
    case "yes-no":
      return yesOrNo(talker, question, talkAbout(question.ask, item));
    case "scale":
      return onScale(talker, question, talkAbout(question.ask, item));
    case "criteria":
      return byCriteria(talker, question, item);
    case "atomic":
      return partByPart(talker, question, item);
  }
}

/** The turns of a question with the prompt in them. The prompt is data: braces in it stand for themselves. */
export function withPrompt(turns: readonly string[], prompt: string): string[] {
  return turns.map((turn) => turn.split("{prompt}").join(prompt));
}

function talkAbout(turns: readonly string[], { prompt, image }: JudgeItem): Talk {
  return { turns: withPrompt(turns, prompt.text), images: [{ place: IMAGE, image }] };
}

async function yesOrNo(
  talker: Talker,
  { yes, no }: Pick<YesNoQuestion, "yes" | "no">,
  talk: Talk,
): Promise<Answer> {
  const choice = await talker.choose(talk, [yes, no]);
  return choice.kind === "failed" ? choice : { kind: "scored", score: choice.shares[0] as number };
}

/** Digits are single words: their likelihoods give the mean of a short scale, finer than the one that is written. */
async function onScale(talker: Talker, { low, high }: ScaleQuestion, talk: Talk): Promise<Answer> {
  const isShort = Number.isInteger(low) && Number.isInteger(high) && low >= 0 && high <= 9;
  if (isShort) {
    const steps = Array.from({ length: high - low + 1 }, (_, index) => low + index);
    const choice = await talker.choose(
      talk,
      steps.map((step) => [String(step)]),
    );
    if (choice.kind === "failed") return choice;
    const mean = choice.shares.reduce((sum, share, index) => sum + share * (steps[index] as number), 0);
    return { kind: "scored", score: (mean - low) / (high - low) };
  }
  const written = await talker.write(talk, NUMBER_TOKENS);
  if (written.kind === "failed") return written;
  const number = /^\s*(-?\d+(?:\.\d+)?)\s*$/.exec(written.text)?.[1];
  if (number === undefined || Number(number) < low || Number(number) > high) {
    const reason = `expected a number from ${low} to ${high} alone, got "${written.text.trim().slice(0, 60)}"`;
    return { kind: "failed", reason };
  }
  return { kind: "scored", score: (Number(number) - low) / (high - low) };
}

const NUMBER_TOKENS = 16;

/** The weighted mean of all criteria; of fewer it would be another scale. */
async function byCriteria(talker: Talker, { criteria }: CriteriaQuestion, item: JudgeItem): Promise<Answer> {
  const answers = await Promise.all(
    criteria.map((one) =>
      one.kind === "yes-no"
        ? yesOrNo(talker, one, talkAbout(one.ask, item))
        : onScale(talker, one, talkAbout(one.ask, item)),
    ),
  );
  return meanOf(
    answers,
    criteria.map(({ name }) => name),
    criteria.map(({ weight }) => weight),
  );
}

/** The share of what the prompt asks for that is there (TIFA, arXiv 2303.11897, equation 1, over P(yes) in place of right answers). */
async function partByPart(talker: Talker, question: AtomicQuestion, item: JudgeItem): Promise<Answer> {
  const found = await partsOfPrompt(talker, question, item.prompt);
  if (found.kind === "failed") return found;
  const { ask } = question;
  const answers = await Promise.all(
    found.parts.map((part) => {
      const turns = ask.map((turn) => turn.split("{question}").join(part));
      return yesOrNo(talker, { yes: ["yes"], no: ["no"] }, talkAbout(turns, item));
    }),
  );
  return meanOf(answers, found.parts);
}

function meanOf(
  answers: readonly Answer[],
  names: readonly string[],
  weights: readonly number[] = names.map(() => 1),
): Answer {
  const parts: VerdictPart[] = [];
  let [sum, total] = [0, 0];
  for (const [index, answer] of answers.entries()) {
    const [name, weight] = [names[index] as string, weights[index] as number];
    if (answer.kind === "failed") return { kind: "failed", reason: `${name}: ${answer.reason}` };
    parts.push({ name, score: answer.score });
    sum += weight * answer.score;
    total += weight;
  }
  return { kind: "scored", score: sum / total, parts };
}
