import type { PromptMetadata, Relation } from "../../records/prompt.js";
import { isOneThingTwice, type NounPhrase, outside, type Statement, toMetadata } from "./statement.js";
import { COLORS, COUNT_WORDS, meaningfulWords, plural, refuseUnknownWords, SHAPES } from "./vocabulary.js";

/**
 * Reads a plain prompt ("a photo of" optional) into GenEval metadata.
 * Throws PromptError for unknown words (with the nearest known one) and for sentences outside the grammar.
 */
export function parsePrompt(text: string): PromptMetadata {
  return toMetadata(parseStatement(text));
}

function parseStatement(text: string): Statement {
  const words = meaningfulWords(text);
  refuseUnknownWords(text, words);
  const first = takePhrase(words, text);
  if (words.length === 0) return { first };
  const joint = takeJoint(words, text);
  const second = takePhrase(words, text);
  const statement = { first, joint, second };
  if (words.length > 0) throw outside(text, `the end after two objects, got "${words.join(" ")}"`);
  if (isOneThingTwice(statement)) {
    throw outside(
      text,
      `two different objects, got ${plural(first.shape)} twice (say "two ${plural(first.shape)}")`,
    );
  }
  return statement;
}

function takePhrase(words: string[], text: string): NounPhrase {
  const count = COUNT_WORDS[words[0] as keyof typeof COUNT_WORDS] ?? 1;
  if (count > 1) words.shift();
  const color = COLORS.find((known) => known === words[0]);
  if (color !== undefined) words.shift();
  const noun = words.shift();
  const shape = SHAPES.find((known) => noun === (count > 1 ? plural(known) : known));
  if (shape === undefined) {
    const form =
      count > 1 ? `a plural after a number (${plural("star")})` : `an object in the singular (star)`;
    throw outside(text, `${form}, got ${noun === undefined ? "nothing" : `"${noun}"`}`);
  }
  return { count, shape, ...(color ? { color } : {}) };
}

function takeJoint(words: string[], text: string): Relation | "and" {
  const word = words.shift();
  if (word === "and" || word === "above" || word === "below") return word;
  if ((word === "left" || word === "right") && words.shift() === "of") return `${word} of`;
  throw outside(
    text,
    `"and", "left of", "right of", "above" or "below" after the first object, got "${word}"`,
  );
}
