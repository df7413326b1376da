import { nearestName } from "../../config/nearest-name.js";
import { PromptError } from "../../errors.js";

/** The eight objects of the bundled domain. */
export const SHAPES = ["circle", "square", "triangle", "star", "heart", "cross", "ring", "diamond"] as const;
export type Shape = (typeof SHAPES)[number];

/** GenEval's ten colours. */
export const COLORS = [
  "red",
  "orange",
  "yellow",
  "green",
  "blue",
  "purple",
  "pink",
  "brown",
  "black",
  "white",
] as const;
export type Color = (typeof COLORS)[number];

/** Counts that have a word; 1 is said with the article. */
export const COUNT_WORDS = { two: 2, three: 3, four: 4 } as const;

export function plural(shape: Shape): string {
  return shape === "cross" ? "crosses" : `${shape}s`;
}

/** Every word that has an id: `WORDS[id - 1]`. The order is part of every trained checkpoint. */
export const WORDS: readonly string[] = [
  ...SHAPES,
  ...SHAPES.map(plural),
  ...COLORS,
  ...Object.keys(COUNT_WORDS),
  "left",
  "right",
  "above",
  "below",
  "of",
  "and",
];

/** Id of the empty positions after the last word. */
export const PAD = 0;
/** Ids of an encoded prompt. */
export const TEXT_LENGTH = 8;
/** Ids in use, PAD included. */
export const VOCABULARY_SIZE = WORDS.length + 1;

const IDS = new Map(WORDS.map((word, index) => [word, index + 1]));
const ARTICLES = new Set(["a", "an", "the"]);
const OPENING = /^(an? )?(photo|picture|image) of /;

/** The words of a prompt that carry meaning: lower case, no "a photo of", articles or full stop, "to the left of" as "left of". */
export function meaningfulWords(text: string): string[] {
  const plain = text.toLowerCase().trim().replace(/\s+/g, " ").replace(/\.$/, "");
  return plain
    .replace(OPENING, "")
    .replace(/\b(to|on) the (left|right) of\b/g, "$2 of")
    .split(" ")
    .filter((word) => word !== "" && !ARTICLES.has(word));
}

/**
 * Word ids of a prompt, shape (TEXT_LENGTH,), padded with PAD. The empty prompt is all PAD (no guidance text).
 * Throws PromptError when a word is unknown (naming the nearest known one) or the prompt is too long.
 */
export function encodePrompt(text: string): Uint16Array {
  const words = meaningfulWords(text);
  refuseUnknownWords(text, words);
  if (words.length > TEXT_LENGTH) {
    throw new PromptError(
      `Prompt "${text}" is too long: expected at most ${TEXT_LENGTH} words besides articles and "a photo of", ` +
        `got ${words.length}. Name at most two kinds of objects.`,
    );
  }
  const ids = new Uint16Array(TEXT_LENGTH);
  for (const [index, word] of words.entries()) ids[index] = IDS.get(word) ?? PAD;
  return ids;
}

/** The words behind ids, for people. PAD is left out. Throws PromptError for an id that no word has. */
export function decodePrompt(ids: ArrayLike<number>): string {
  return Array.from(ids)
    .filter((id) => id !== PAD)
    .map((id) => {
      const word = WORDS[id - 1];
      if (word === undefined) {
        throw new PromptError(`Word id ${id} is unknown: expected 0 to ${WORDS.length}.`);
      }
      return word;
    })
    .join(" ");
}

/** Throws PromptError naming every word outside the vocabulary and the nearest known one. */
export function refuseUnknownWords(text: string, words: readonly string[]): void {
  const unknown = [...new Set(words.filter((word) => !IDS.has(word)))];
  if (unknown.length === 0) return;
  const hints = unknown.map((word) => `"${word}" (nearest known word: "${nearestName(word, WORDS)}")`);
  throw new PromptError(
    `Prompt "${text}" has ${unknown.length === 1 ? "a word" : "words"} the bundled models do not know: ` +
      `${hints.join(", ")}. Known: ${WORDS.join(", ")}, "a photo of" and articles.`,
  );
}
