import { createHash } from "node:crypto";
import type { SearchTask } from "./strategy.js";

/**
 * The seed of a task's candidate number `index`, an unsigned 32-bit integer. It does not depend on the checkpoint or on
 * the strategy, so two checkpoints, or plain sampling and best-of-N, are compared on the same seeds.
 */
export function candidateSeed(baseSeed: number, { prompt, attempt }: SearchTask, index: number): number {
  const origin = JSON.stringify([baseSeed, prompt.text, attempt, index]);
  return createHash("sha256").update(origin).digest().readUInt32BE(0);
}

/** The seeds of a task's first `count` candidates. */
export function candidateSeeds(baseSeed: number, task: SearchTask, count: number): number[] {
  return Array.from({ length: count }, (_, index) => candidateSeed(baseSeed, task, index));
}
