import type { Prompt } from "../records/prompt.js";
import { hashOf } from "./hash.js";

/** Hash of a set of prompts in their order: sha256 over their ids. */
export function promptSetHash(prompts: readonly Prompt[]): string {
  return hashOf(prompts.map(({ id }) => id));
}
