import type { StageRow } from "../../adapters/store/index.js";
import { ConfigError } from "../../errors.js";
import { statedIn } from "../../geneval/plain-prompt.js";
import { structureOf } from "../../geneval/structure.js";
import { type Prompt, wordsOf } from "../../records/prompt.js";
import type { ImageOverlap } from "../image-overlap.js";
import { NearTexts } from "./near-texts.js";

/** What evaluation prompts of one task share with training prompts. */
export interface Leak {
  /** GenEval tag; empty for plain text. */
  readonly task: string;
  /** Prompts that ask for what training has as well, of all in the evaluation. */
  readonly shared: number;
  readonly prompts: number;
  /** One of them, in the words of the evaluation. */
  readonly example: string;
  /** Whether the settings say that this task may share them. */
  readonly allowed: boolean;
}

/** What may leak, and what happens when more does. */
export interface LeakRules {
  readonly rule: "refuse" | "report";
  readonly allowedTasks: readonly string[];
}

/**
 * Compares prompts by what they ask for (objects, counts, colours, relation) and by their words, also where one is plain text
 * and the other GenEval metadata; free texts also by most of their words. Streams the training prompts; memory holds the evaluation's. Tasks that share nothing are
 * left out.
 */
export function findLeaks(
  training: Iterable<Prompt>,
  evaluation: readonly Prompt[],
  rules: LeakRules,
): Leak[] {
  const asked = new Map(evaluation.map((prompt) => [wordsOf(prompt.text), prompt]));
  const open = new Map<string, Prompt[]>();
  for (const prompt of asked.values()) {
    for (const key of keysOf(prompt)) open.set(key, [...(open.get(key) ?? []), prompt]);
  }
  const shared = new Set<Prompt>();
  const near = new NearTexts(asked.values());
  for (const prompt of training) {
    for (const found of near.like(prompt)) shared.add(found);
    for (const key of keysOf(prompt)) {
      for (const found of open.get(key) ?? []) shared.add(found);
      open.delete(key);
    }
  }
  const all = countByTask(asked.values());
  return [...countByTask(shared)].map(([task, count]) => ({
    task,
    shared: count,
    prompts: all.get(task) ?? 0,
    example: [...shared].find((prompt) => taskOf(prompt) === task)?.text ?? "",
    // A task is let through beside others: where training has seen every prompt, nothing else is measured.
    allowed: rules.allowedTasks.includes(task) && shared.size < asked.size,
  }));
}

/** How a pipeline goes on in spite of leaks; a command has a flag for it. */
export const LEAKS_SETTING = 'say evaluation: { leaks: { rule: "report" } }';

/** Throws ConfigError when prompts leak that the rules do not allow; `override` is what lets them through. */
export function refuseLeaks(leaks: readonly Leak[], { rule }: LeakRules, override: string): void {
  const found = leaks.filter(({ allowed }) => !allowed);
  if (found.length === 0 || rule === "report") return;
  throw new ConfigError(
    `The evaluation asks for what training has seen, so its scores would say too much:\n${found.map((leak) => `  ${leakNote(leak)}`).join("\n")}\n` +
      `Take these prompts out of one of the two files, or ${override} to go on and have the report say so.`,
  );
}

/** "counting: 3 of 8 prompts are in training as well (a photo of two stars)". */
export function leakNote({ task, shared, prompts, example }: Leak): string {
  return `${task || "plain text"}: ${shared} of ${prompts} prompts are in training as well ("${example}")`;
}

/** What an evaluation's summary says of images that training has as well. */
export function overlapOf({ summary }: StageRow): ImageOverlap | undefined {
  return summary?.["trainingImages"] as ImageOverlap | undefined;
}

/** What a report says of images that training has as well; nothing where it has none. */
export function overlapNotes(label: string, overlap: ImageOverlap | undefined): string[] {
  if (overlap === undefined || overlap.identical + overlap.alike === 0) return [];
  const { images, identical, alike } = overlap;
  return [
    `Of the ${images} images of ${label}, ${identical} are token for token or pixel for pixel one that it was trained on, and ` +
      `${alike} more look like one (perceptual hash).`,
  ];
}

function keysOf({ text, metadata }: Prompt): readonly [words: string, structure: string] {
  const include = metadata?.include ?? statedIn(text);
  return [`words ${wordsOf(text)}`, structureOf({ include })];
}

function taskOf({ metadata }: Prompt): string {
  return metadata?.tag ?? "";
}

function countByTask(prompts: Iterable<Prompt>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const prompt of prompts) counts.set(taskOf(prompt), (counts.get(taskOf(prompt)) ?? 0) + 1);
  return counts;
}
