import { createHash } from "node:crypto";
import { type PromptMetadata, TASKS } from "../../records/prompt.js";
import { isHeldOut, promptsOf } from "./combinations.js";

/** Most prompts of one task in each set; only color_attr has more to choose from. */
export const PROMPTS_PER_TASK = { train: 600, heldOut: 250 } as const;

/**
 * The two prompt sets of the bundled domain. They share no combination, single_object excepted. Tasks take turns, so
 * that the first prompts of a set are balanced.
 */
export function promptSets(): { train: PromptMetadata[]; heldOut: PromptMetadata[] } {
  const train = TASKS.map((task) => promptsOf(task).filter((prompt) => !isHeldOut(prompt)));
  const heldOut = TASKS.map((task) =>
    promptsOf(task).filter((prompt) => task === "single_object" || isHeldOut(prompt)),
  );
  return {
    train: takingTurns(train.map((prompts) => chosen(prompts, PROMPTS_PER_TASK.train))),
    heldOut: takingTurns(heldOut.map((prompts) => chosen(prompts, PROMPTS_PER_TASK.heldOut))),
  };
}

function takingTurns(groups: readonly PromptMetadata[][]): PromptMetadata[] {
  const longest = Math.max(...groups.map((group) => group.length));
  return Array.from({ length: longest }, (_, turn) =>
    groups.flatMap((group) => group.slice(turn, turn + 1)),
  ).flat();
}

/** At most `count` prompts: those with the smallest hashes, which is a fixed random sample in a fixed random order. */
function chosen(prompts: readonly PromptMetadata[], count: number): PromptMetadata[] {
  const ranked = prompts.map((prompt) => ({
    prompt,
    hash: createHash("sha256").update(prompt.prompt).digest("hex"),
  }));
  ranked.sort((one, other) => (one.hash < other.hash ? -1 : 1));
  return ranked.slice(0, count).map(({ prompt }) => prompt);
}
