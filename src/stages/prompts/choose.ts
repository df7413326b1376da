import type { Prompt } from "../../records/prompt.js";
import { shuffledById } from "../seeds.js";

/**
 * `count` prompts spread evenly over the tasks, in a random order that follows from `key`: tasks take turns, and a
 * task that runs out leaves its turns to the others. All prompts when `count` is null or larger than the list.
 */
export function choosePrompts(
  prompts: readonly Prompt[],
  count: number | null,
  ...key: readonly (string | number)[]
): Prompt[] {
  const groups = [...byTask(prompts).values()].map((group) => shuffledById(group, ({ id }) => id, ...key));
  const longest = Math.max(0, ...groups.map((group) => group.length));
  const turns = Array.from({ length: longest }, (_, turn) =>
    groups.flatMap((group) => group.slice(turn, turn + 1)),
  );
  return turns.flat().slice(0, count ?? prompts.length);
}

/**
 * Cuts held-out prompts in two, task by task: those that decide promotion and those only the final evaluation sees.
 * The cut depends on the prompts alone, not on a run's seed, so that no run tunes on another's evaluation prompts.
 */
export function splitHeldOut(
  prompts: readonly Prompt[],
  validationShare: number,
): { validation: Prompt[]; evaluation: Prompt[] } {
  const validation = new Set<string>();
  for (const group of byTask(prompts).values()) {
    const ranked = shuffledById(group, ({ id }) => id, "validation or evaluation");
    for (const { id } of ranked.slice(0, validationCount(group.length, validationShare))) validation.add(id);
  }
  return {
    validation: prompts.filter(({ id }) => validation.has(id)),
    evaluation: prompts.filter(({ id }) => !validation.has(id)),
  };
}

/** Neither side of the cut is left without a task that has two prompts, unless the share is 0 or 1. */
function validationCount(prompts: number, share: number): number {
  if (share === 0 || share === 1 || prompts < 2) return Math.round(prompts * share);
  return Math.min(prompts - 1, Math.max(1, Math.round(prompts * share)));
}

/** Prompts by tag, tags in order of first appearance; plain text is a task of its own. */
function byTask(prompts: readonly Prompt[]): Map<string, Prompt[]> {
  const groups = new Map<string, Prompt[]>();
  for (const prompt of prompts) {
    const tag = prompt.metadata?.tag ?? "";
    groups.set(tag, [...(groups.get(tag) ?? []), prompt]);
  }
  return groups;
}
