import { createHash } from "node:crypto";
import { type PromptMetadata, RELATIONS, type Relation, TASKS, type Task } from "../../records/prompt.js";
import { type NounPhrase, readStatement, type Statement, toMetadata } from "./statement.js";
import { COLORS, COUNT_WORDS, SHAPES } from "./vocabulary.js";

/** Share of each task's combinations that no training ever sees. */
export const HELD_OUT_SHARE = 0.25;

const MIRRORED: Record<string, Relation> = { "right of": "left of", below: "above" };

/**
 * What a prompt says, whatever its word order: tag, objects with counts and colours, relation.
 * "a ring right of a star" and "a star left of a ring" are one combination.
 */
export function combinationOf(metadata: PromptMetadata): string {
  const { first, joint, second } = readStatement(metadata);
  const one = keyOf(first);
  if (second === undefined) return `${metadata.tag}: ${one}`;
  const other = keyOf(second);
  if (joint === "and" || joint === undefined) return `${metadata.tag}: ${[one, other].sort().join(" + ")}`;
  const mirror = MIRRORED[joint];
  return `${metadata.tag}: ${mirror ? `${other} ${mirror} ${one}` : `${one} ${joint} ${other}`}`;
}

/** Whether this combination is kept for evaluation. Never true for single_object: all its prompts are in both sets. */
export function isHeldOut(metadata: PromptMetadata): boolean {
  return heldOutCombinations().has(combinationOf(metadata));
}

/**
 * Whether a caption says a held-out combination in any form. A plain prompt of a task says its own alone; a richer caption ("two red
 * stars left of a ring") also all that is left of it without some of its numbers, colours, things or its relation.
 */
export function saysHeldOut(metadata: PromptMetadata): boolean {
  if (isPlain(metadata)) return isHeldOut(metadata);
  return formsOf(readStatement(metadata)).some((form) => isHeldOut(toMetadata(form)));
}

/** Whether a caption is a prompt of a task, in this or another word order. */
export function isPlain(metadata: PromptMetadata): boolean {
  plainCombinations ??= new Set(TASKS.flatMap((task) => promptsOf(task).map(combinationOf)));
  return plainCombinations.has(combinationOf(metadata));
}

let plainCombinations: Set<string> | undefined;

function formsOf({ first, joint, second }: Statement): Statement[] {
  const ones = plainerPhrases(first);
  if (second === undefined || joint === undefined) return ones.map((one) => ({ first: one }));
  const others = plainerPhrases(second);
  return [
    ...[...ones, ...others].map((one) => ({ first: one })),
    ...ones.flatMap((one) =>
      others.flatMap((other) =>
        [...new Set([joint, "and" as const])].map((joined) => ({ first: one, joint: joined, second: other })),
      ),
    ),
  ];
}

/** The phrase, and it without its number, its colour, or both. */
function plainerPhrases({ count, color, shape }: NounPhrase): NounPhrase[] {
  const counts = count > 1 ? [count, 1] : [1];
  return counts.flatMap((number): NounPhrase[] => {
    const bare = { count: number, shape };
    return color ? [{ ...bare, color }, bare] : [bare];
  });
}

/** Every prompt of a task, word orders included, in a fixed order. */
export function promptsOf(task: Task): readonly PromptMetadata[] {
  return everyPrompt()[task];
}

let prompts: Record<Task, PromptMetadata[]> | undefined;

function everyPrompt(): Record<Task, PromptMetadata[]> {
  prompts ??= Object.fromEntries(TASKS.map((task) => [task, statementsOf(task).map(toMetadata)])) as Record<
    Task,
    PromptMetadata[]
  >;
  return prompts;
}

let heldOut: Set<string> | undefined;

/** The quarter of each task's combinations with the smallest hashes. */
function heldOutCombinations(): Set<string> {
  if (heldOut !== undefined) return heldOut;
  heldOut = new Set();
  for (const task of TASKS) {
    if (task === "single_object") continue;
    const combinations = [...new Set(promptsOf(task).map(combinationOf))];
    const ranked = combinations.map((key) => ({ key, hash: hashOf(key) }));
    ranked.sort((one, other) => (one.hash < other.hash ? -1 : 1));
    const kept = ranked.slice(0, Math.round(ranked.length * HELD_OUT_SHARE));
    for (const { key } of kept) heldOut.add(key);
  }
  return heldOut;
}

function hashOf(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}

function keyOf({ count, color, shape }: NounPhrase): string {
  return [count > 1 ? count : "", color ?? "", shape].filter((part) => part !== "").join(" ");
}

function statementsOf(task: Task): Statement[] {
  const singles = SHAPES.map((shape): NounPhrase => ({ count: 1, shape }));
  const colored = SHAPES.flatMap((shape) => COLORS.map((color): NounPhrase => ({ count: 1, color, shape })));
  switch (task) {
    case "single_object":
      return singles.map((first) => ({ first }));
    case "colors":
      return colored.map((first) => ({ first }));
    case "counting":
      return SHAPES.flatMap((shape) =>
        Object.values(COUNT_WORDS).map((count) => ({ first: { count, shape } })),
      );
    case "two_object":
      return pairsOf(singles, "and");
    case "position":
      return RELATIONS.flatMap((relation) => pairsOf(singles, relation));
    case "color_attr":
      return pairsOf(colored, "and").filter(({ first, second }) => first.color !== second?.color);
  }
}

/** Ordered pairs of different shapes. */
function pairsOf(phrases: readonly NounPhrase[], joint: Relation | "and"): Statement[] {
  return phrases.flatMap((first) =>
    phrases.filter((second) => second.shape !== first.shape).map((second) => ({ first, joint, second })),
  );
}
