import type { StageRow } from "../../adapters/store/index.js";
import { ConfigError } from "../../errors.js";
import { structureOf } from "../../geneval/structure.js";
import type { Prompt } from "../../records/prompt.js";
import type { ImageOverlap } from "../image-overlap.js";

/** What evaluation prompts of one task share with training prompts. */
export interface Leak {
  /** GenEval tag; empty for plain text. */
  readonly task: string;
  /** Structures (objects, counts, colours, relation) that training has as well, of all in the evaluation. */
  readonly shared: number;
  readonly structures: number;
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
 * Compares prompts by structure, not by words; plain text by its letters. Streams the training prompts; memory holds the
 * evaluation's. Tasks that share nothing are left out.
 */
export function findLeaks(
  training: Iterable<Prompt>,
  evaluation: readonly Prompt[],
  rules: LeakRules,
): Leak[] {
  const open = new Map(evaluation.map((prompt) => [keyOf(prompt), prompt]));
  const all = countByTask(open.values());
  const shared: Prompt[] = [];
  for (const prompt of training) {
    const key = keyOf(prompt);
    const found = open.get(key);
    if (found === undefined) continue;
    shared.push(found);
    open.delete(key);
  }
  return [...countByTask(shared)].map(([task, count]) => ({
    task,
    shared: count,
    structures: all.get(task) ?? 0,
    example: shared.find((prompt) => taskOf(prompt) === task)?.text ?? "",
    allowed: rules.allowedTasks.includes(task),
  }));
}

/** Throws ConfigError when prompts leak that the rules do not allow. */
export function refuseLeaks(leaks: readonly Leak[], { rule }: LeakRules): void {
  const found = leaks.filter(({ allowed }) => !allowed);
  if (found.length === 0 || rule === "report") return;
  throw new ConfigError(
    `The evaluation asks for what training has seen, so its scores would say too much:\n${found.map((leak) => `  ${leakNote(leak)}`).join("\n")}\n` +
      'Take these prompts out of one of the two files, or say evaluation: { leaks: { rule: "report" } } to go on and have the report say so.',
  );
}

/** "counting: 3 of 8 combinations are in training as well (a photo of two stars)". */
export function leakNote({ task, shared, structures, example }: Leak): string {
  return `${task || "plain text"}: ${shared} of ${structures} combinations are in training as well ("${example}")`;
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

function keyOf({ text, metadata }: Prompt): string {
  return metadata === undefined ? `text ${text.trim().toLowerCase()}` : structureOf(metadata);
}

function taskOf({ metadata }: Prompt): string {
  return metadata?.tag ?? "";
}

function countByTask(prompts: Iterable<Prompt>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const prompt of prompts) counts.set(taskOf(prompt), (counts.get(taskOf(prompt)) ?? 0) + 1);
  return counts;
}
