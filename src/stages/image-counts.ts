import type { ImagesConfig } from "../config/images-schema.js";
import type { Prompt } from "../records/prompt.js";
import { shuffledById } from "./seeds.js";

/**
 * Images of each prompt, by prompt id: `perPrompt` of every one, or `perTask` of each task spread as evenly as possible
 * over its prompts (a random choice of them when there are more prompts than images).
 */
export function imageCounts(
  prompts: readonly Prompt[],
  images: ImagesConfig,
  seed: number,
): Map<string, number> {
  if ("perPrompt" in images) return new Map(prompts.map(({ id }) => [id, images.perPrompt]));
  const counts = new Map<string, number>();
  for (const tag of new Set(prompts.map(tagOf))) {
    const group = prompts.filter((prompt) => tagOf(prompt) === tag);
    const each = Math.floor(images.perTask / group.length);
    const more = images.perTask % group.length;
    for (const [rank, { id }] of shuffledById(group, ({ id }) => id, seed, "images").entries()) {
      counts.set(id, each + (rank < more ? 1 : 0));
    }
  }
  return counts;
}

function tagOf(prompt: Prompt): string {
  return prompt.metadata?.tag ?? "";
}
