import { MOST } from "../config/limits.js";
import type { ImagesConfig } from "../config/schema/images.js";
import { ConfigError } from "../errors.js";
import type { Prompt } from "../records/prompt.js";
import { shuffledById } from "./seeds.js";

/**
 * Images of each prompt, by prompt id: `perPrompt` of every one, or `perTask` of each task spread as evenly as possible
 * over its prompts (a random choice of them when there are more prompts than images). Throws ConfigError for more of them
 * than memory holds.
 */
export function imageCounts(
  prompts: readonly Prompt[],
  images: ImagesConfig,
  seed: number,
): Map<string, number> {
  const counts = spread(prompts, images, seed);
  refuseTooMany(counts.values());
  return counts;
}

/** Throws ConfigError for more images of a prompt, or of all prompts, than a stage may have. */
export function refuseTooMany(counts: Iterable<number>): void {
  let [total, most] = [0, 0];
  for (const count of counts) {
    total += count;
    most = Math.max(most, count);
  }
  const over = [
    { what: "images of one prompt", count: most, limit: MOST.promptImages },
    { what: "images in one stage", count: total, limit: MOST.stageImages },
  ].find(({ count, limit }) => count > limit);
  if (over === undefined) return;
  throw new ConfigError(
    `Expected at most ${over.limit} ${over.what}, got ${over.count}. Ask for fewer, or spread them over more prompts or runs.`,
  );
}

function spread(prompts: readonly Prompt[], images: ImagesConfig, seed: number): Map<string, number> {
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
