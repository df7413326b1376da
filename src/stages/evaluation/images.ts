import type { ImagesConfig } from "../../config/schema/images.js";
import type { VerifierConfig } from "../../config/schema/verifier.js";
import type { Prompt } from "../../records/prompt.js";
import { hashOf } from "../hash.js";
import { imageCounts } from "../image-counts.js";

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
  const counts = imageCounts(prompts, images, seed);
  return prompts.flatMap((prompt) =>
    Array.from({ length: counts.get(prompt.id) ?? 0 }, (_, sample) => ({ prompt, sample })),
  );
}

/** Hash of what two evaluations must share to be compared: prompts and images of each. */
export function imageSetHash(images: readonly EvaluationImage[]): string {
  return hashOf(images.map(({ prompt, sample }) => [prompt.id, sample]));
}

/** Candidates sampled for one image of a row: N, however many steps of each are run. */
export function candidatesPerImage(verifier: VerifierConfig): number {
  return verifier.kind === "none" ? 1 : verifier.n;
}
