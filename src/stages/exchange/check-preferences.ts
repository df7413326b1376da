import { createHash, type Hash } from "node:crypto";
import { PromptError, StoreError } from "../../errors.js";
import { batchesOf } from "../../records/batches-of.js";
import { countLeftOut, type LeftOut } from "../../records/left-out.js";
import type { Preference } from "../../records/preference.js";
import type { Prompt } from "../../records/prompt.js";
import type { ImageTools } from "./prepare-images.js";
import {
  type PreparedPreference,
  preparedPreferences,
  type ReadPreferences,
} from "./prepared-preferences.js";
import { refuseStrangeTokens } from "./stated-tokens.js";

/** What a file of preferences holds, once all of it was read and found good. */
export interface CheckedPreferences {
  /** sha256 over all that is stored of them: prompts, ranks, and images with what the file states of them, hex. */
  readonly hash: string;
  readonly preferences: number;
  readonly pairs: number;
  readonly ties: number;
  readonly leftOut: LeftOut;
}

/** Preferences in memory at a time. */
export const GROUP = 64;

/**
 * Reads all preferences once without writing anything, so that a file with a fault in its last row leaves the ledger as
 * it was. Throws StoreError or PromptError naming the first row that cannot be used.
 */
export async function checkPreferences(
  read: ReadPreferences,
  tools: ImageTools & { readonly promptOf: (text: string) => Prompt },
  signal?: AbortSignal,
): Promise<CheckedPreferences> {
  const hash = createHash("sha256");
  const count = { preferences: 0, pairs: 0, ties: 0 };
  const { leftOut, onLeftOut } = countLeftOut();
  for await (const group of batchesOf(preparedPreferences(read, tools, onLeftOut), GROUP)) {
    signal?.throwIfAborted();
    for (const preference of group) {
      promptAt(preference, tools.promptOf);
      count.preferences += 1;
      for (const { tie } of preference.compared) count[tie ? "ties" : "pairs"] += 1;
      addTo(hash, preference);
    }
    await refuseStrangeTokens(
      group.flatMap(({ images }) => images),
      tools,
    );
  }
  if (Object.keys(leftOut).length > 0) hash.update(JSON.stringify(leftOut));
  if (count.preferences > 0 || Object.keys(leftOut).length > 0)
    return { hash: hash.digest("hex"), ...count, leftOut };
  throw new StoreError("Expected at least one preference to import, got none: the file is empty.");
}

/** Another score, seed or grid makes another set, also of the same images. */
function addTo(hash: Hash, { prompt, ranks, images }: PreparedPreference): void {
  const stated = images.map(({ id, seed, score }) => [id, seed ?? null, score ?? null]);
  hash.update(JSON.stringify([prompt, ranks, stated]));
  for (const { picture, statedTokens = [], committedAt = [] } of images)
    hash.update(JSON.stringify([picture, Array.from(statedTokens), Array.from(committedAt)]));
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
