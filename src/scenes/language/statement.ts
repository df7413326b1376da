import { PromptError } from "../../errors.js";
import type { PromptMetadata, Relation, Requirement } from "../../records/prompt.js";
import { COLORS, COUNT_WORDS, type Color, plural, SHAPES, type Shape } from "./vocabulary.js";

/** One thing a prompt names: "a red star", "three rings". */
export interface NounPhrase {
  readonly count: number;
  readonly color?: Color;
  readonly shape: Shape;
}

/** What a prompt says: one or two things, the second joined by "and" or by where the first lies. */
export interface Statement {
  readonly first: NounPhrase;
  readonly joint?: Relation | "and";
  readonly second?: NounPhrase;
}

/** Whether both phrases name the same thing, which the grammar refuses: "a star and a red star". */
export function isOneThingTwice({ first, second }: Statement): boolean {
  if (second === undefined || first.shape !== second.shape) return false;
  return first.color === second.color || !first.color || !second.color;
}

/** The prompt text of GenEval metadata, in the words of the bundled domain. Throws PromptError when it has none. */
export function describe(metadata: PromptMetadata): string {
  return sayStatement(readStatement(metadata));
}

/** GenEval metadata of a statement, tag and `exclude` as GenEval would choose them. */
export function toMetadata(statement: Statement): PromptMetadata {
  const { first, second, joint } = statement;
  const counted = [first, ...(second ? [second] : [])].filter((phrase) => phrase.count > 1);
  const exclude = counted.map((phrase) => ({ class: phrase.shape, count: phrase.count + 1 }));
  return {
    tag: tagOf(statement),
    include: includeOf(first, joint, second),
    ...(exclude.length > 0 ? { exclude } : {}),
    prompt: sayStatement(statement),
  };
}

/** The inverse of `toMetadata`. Throws PromptError for metadata that names things outside the bundled domain. */
export function readStatement(metadata: PromptMetadata): Statement {
  const [head, tail] = metadata.include;
  if (head === undefined || metadata.include.length > 2) {
    throw outside(metadata.prompt, `one or two objects, got ${metadata.include.length}`);
  }
  if (tail === undefined) return { first: phraseOf(head, metadata.prompt) };
  const [one, other] = [phraseOf(head, metadata.prompt), phraseOf(tail, metadata.prompt)];
  if (tail.position === undefined) return { first: one, joint: "and", second: other };
  return { first: other, joint: tail.position[0] as Relation, second: one };
}

function includeOf(first: NounPhrase, joint: Statement["joint"], second?: NounPhrase): Requirement[] {
  if (second === undefined) return [requirementOf(first)];
  if (joint === "and" || joint === undefined) return [requirementOf(first), requirementOf(second)];
  return [requirementOf(second), { ...requirementOf(first), position: [joint, 0] }];
}

function requirementOf(phrase: NounPhrase): Requirement {
  return { class: phrase.shape, count: phrase.count, ...(phrase.color ? { color: phrase.color } : {}) };
}

function tagOf({ first, joint, second }: Statement): PromptMetadata["tag"] {
  if (joint !== undefined && joint !== "and") return "position";
  if (first.count > 1 || (second?.count ?? 1) > 1) return "counting";
  if (second !== undefined) return first.color || second.color ? "color_attr" : "two_object";
  return first.color ? "colors" : "single_object";
}

function sayStatement({ first, joint, second }: Statement): string {
  const rest = second === undefined ? "" : ` ${joint} ${sayPhrase(second)}`;
  return `a photo of ${sayPhrase(first)}${rest}`;
}

function sayPhrase({ count, color, shape }: NounPhrase): string {
  const name = `${color ? `${color} ` : ""}${count > 1 ? plural(shape) : shape}`;
  if (count === 1) return `${/^[aeiou]/.test(name) ? "an" : "a"} ${name}`;
  const word = Object.entries(COUNT_WORDS).find(([, value]) => value === count)?.[0];
  return `${word} ${name}`;
}

function phraseOf(requirement: Requirement, prompt: string): NounPhrase {
  const shape = SHAPES.find((known) => known === requirement.class);
  const color = COLORS.find((known) => known === requirement.color);
  if (shape === undefined)
    throw outside(prompt, `a class of ${SHAPES.join(", ")}, got "${requirement.class}"`);
  if (requirement.color !== undefined && color === undefined) {
    throw outside(prompt, `a color of ${COLORS.join(", ")}, got "${requirement.color}"`);
  }
  if (!Number.isInteger(requirement.count) || requirement.count < 1 || requirement.count > 4) {
    throw outside(prompt, `a count from 1 to 4, got ${requirement.count}`);
  }
  return { count: requirement.count, shape, ...(color ? { color } : {}) };
}

/** The error for a prompt or metadata that the bundled models cannot be asked. */
export function outside(text: string, expectation: string): PromptError {
  return new PromptError(
    `Prompt "${text}" is outside the grammar of the bundled models: expected ${expectation}. ` +
      `Examples: "a red star", "three rings", "a star left of a ring", "a red star and a blue ring".`,
  );
}
