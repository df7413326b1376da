import { type Prompt, wordsOf } from "../../records/prompt.js";

/** Words in a row that are compared together (shingles; Broder, "On the resemblance and containment of documents", 1997). */
const SHINGLE = 3;
/** Shorter texts that differ in one word ask for something else. */
const LEAST_WORDS = 8;
/** Resemblance (shared shingles of all) from which two texts are one with a few words changed. */
const RESEMBLANCE = 0.7;

/** Free texts among which near duplicates of others are found. Memory holds their shingles. */
export class NearTexts {
  readonly #sizes: number[] = [];
  readonly #prompts: Prompt[] = [];
  readonly #places = new Map<string, number[]>();

  /** Prompts whose structure is known are compared by that, and are left out. */
  constructor(prompts: Iterable<Prompt>) {
    for (const prompt of prompts) {
      const shingles = shinglesOf(prompt);
      if (shingles.size === 0) continue;
      const place = this.#prompts.push(prompt) - 1;
      this.#sizes.push(shingles.size);
      for (const shingle of shingles) {
        const places = this.#places.get(shingle);
        if (places === undefined) this.#places.set(shingle, [place]);
        else places.push(place);
      }
    }
  }

  /** Those that a text resembles. */
  *like(prompt: Prompt): Generator<Prompt> {
    const shingles = shinglesOf(prompt);
    const shared = new Map<number, number>();
    for (const shingle of shingles)
      for (const place of this.#places.get(shingle) ?? []) shared.set(place, (shared.get(place) ?? 0) + 1);
    for (const [place, count] of shared) {
      const all = shingles.size + (this.#sizes[place] as number) - count;
      if (count >= RESEMBLANCE * all) yield this.#prompts[place] as Prompt;
    }
  }
}

/** Empty for a text that is too short, or whose structure is known. */
function shinglesOf({ text, metadata }: Prompt): ReadonlySet<string> {
  const words = wordsOf(text)
    .split(/[^\p{L}\p{N}']+/u)
    .filter((word) => word !== "");
  if (metadata !== undefined || words.length < LEAST_WORDS) return new Set();
  return new Set(words.slice(SHINGLE - 1).map((_, at) => words.slice(at, at + SHINGLE).join(" ")));
}
