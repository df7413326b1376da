import type { ImagesConfig, VerifierConfig } from "../../config/run-schema.js";
import type { Prompt } from "../../records/prompt.js";
import { hashOf } from "../hash.js";
import { shuffledById } from "../seeds.js";

/** One image of an evaluation. With the prompt, `sample` is the key on which two evaluations are paired. */
export interface EvaluationImage {
  readonly prompt: Prompt;
  /** From 0 within the prompt. */
  readonly sample: number;
}

/**
 * The images of an evaluation, the same for every checkpoint: `perPrompt` of each prompt, or `perTask` of each task
 * spread as evenly as possible over its prompts (a random choice of them when there are more prompts than images).
 */
export function evaluationImages(
  prompts: readonly Prompt[],
  images: ImagesConfig,
  seed: number,
): EvaluationImage[] {
  const counts = "perPrompt" in images ? undefined : imagesOfPrompts(prompts, images.perTask, seed);
  return prompts.flatMap((prompt) => {
    const count = "perPrompt" in images ? images.perPrompt : (counts?.get(prompt.id) ?? 0);
    return Array.from({ length: count }, (_, sample) => ({ prompt, sample }));
  });
}

/** Hash of what two evaluations must share to be compared: prompts and images of each. */
export function imageSetHash(images: readonly EvaluationImage[]): string {
  return hashOf(images.map(({ prompt, sample }) => [prompt.id, sample]));
}

/** Candidates sampled for one image of a row. */
export function candidatesPerImage(verifier: VerifierConfig): number {
  return verifier.kind === "orm" ? verifier.n : 1;
}

function imagesOfPrompts(prompts: readonly Prompt[], perTask: number, seed: number): Map<string, number> {
  const tags = [...new Set(prompts.map(tagOf))];
  const counts = new Map<string, number>();
  for (const tag of tags) {
    const group = prompts.filter((prompt) => tagOf(prompt) === tag);
    const each = Math.floor(perTask / group.length);
    const more = perTask % group.length;
    for (const [rank, { id }] of shuffledById(group, ({ id }) => id, seed, "images").entries()) {
      counts.set(id, each + (rank < more ? 1 : 0));
    }
  }
  return counts;
}

function tagOf(prompt: Prompt): string {
  return prompt.metadata?.tag ?? "";
}
