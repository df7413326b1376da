import { createHash } from "node:crypto";
import { PromptError, StoreError } from "../../errors.js";
import type { Preference } from "../../records/preference.js";
import type { Prompt } from "../../records/prompt.js";
import { comparedImages } from "./preference-pairs.js";
import { type ImageTools, prepareImages } from "./prepare-images.js";

/** What a file of preferences holds, once all of it was read and found good. */
export interface CheckedPreferences {
  /** sha256 over prompts, images and ranks, hex. */
  readonly hash: string;
  readonly preferences: number;
  readonly pairs: number;
  readonly ties: number;
}

/** Preferences in memory at a time. */
export const GROUP = 64;

/**
 * Reads all preferences once without writing anything, so that a file with a fault in its last row leaves the ledger as
 * it was. Throws StoreError or PromptError naming the first row that cannot be used.
 */
export async function checkPreferences(
  preferences: AsyncIterable<Preference>,
  tools: ImageTools & { readonly promptOf: (text: string) => Prompt },
): Promise<CheckedPreferences> {
  const hash = createHash("sha256");
  const count = { preferences: 0, pairs: 0, ties: 0 };
  for await (const group of groupsOf(preferences)) {
    for (const preference of group) {
      promptAt(preference, tools.promptOf);
      count.preferences += 1;
      for (const { tie } of comparedImages(preference)) count[tie ? "ties" : "pairs"] += 1;
      hash.update(JSON.stringify([preference.prompt, preference.ranks]));
      for (const { bytes } of preference.images) hash.update(bytes);
    }
    await prepareImages(group, tools);
  }
  if (count.preferences > 0) return { hash: hash.digest("hex"), ...count };
  throw new StoreError("Expected at least one preference to import, got none: the file is empty.");
}

export async function* groupsOf(preferences: AsyncIterable<Preference>): AsyncGenerator<Preference[]> {
  let group: Preference[] = [];
  for await (const preference of preferences) {
    group.push(preference);
    if (group.length < GROUP) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}

/** The prompt of a preference. Throws PromptError that names the row. */
export function promptAt({ prompt, where }: Preference, promptOf: (text: string) => Prompt): Prompt {
  try {
    return promptOf(prompt);
  } catch (error) {
    if (error instanceof PromptError) throw new PromptError(`${where}: ${error.message}`, { cause: error });
    throw error;
  }
}
