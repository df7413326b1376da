import { candidateFiles } from "../../adapters/arrow/index.js";
import { openStore } from "../../adapters/store/index.js";
import { StoreError } from "../../errors.js";
import { BUNDLED_MODELS } from "../../families/bundled.js";
import { workspacePaths } from "../../paths.js";
import { pictureFiles } from "../../pictures/picture-files.js";
import type { Candidate } from "../../records/candidate.js";
import { closingAfter } from "../../records/closing.js";
import type { Prompt } from "../../records/prompt.js";
import { type PixelsApart, replay } from "../../search/replay.js";
import { findCheckpoint } from "../../stages/checkpoints/find-checkpoint.js";
import { findCandidate } from "../../stages/sampling/wanted-candidates.js";
import { modelsOf, withFamily } from "../models/with-family.js";
import { workspaceTokenizer } from "../models/workspace-tokenizer.js";
import type { RunOptions } from "../run/run-options.js";

export interface ReplayedCandidate {
  readonly stored: Candidate;
  readonly prompt: Prompt;
  readonly same: boolean;
  /** Positions whose token or committing step came out differently. */
  readonly differing: readonly number[];
  /** Of a picture: how far its pixels are apart. */
  readonly apart?: PixelsApart;
}

/**
 * Samples a stored candidate again, alone, from its recorded checkpoint, settings and seed, and compares the tokens, or the pixels.
 * `id` may be its first digits. Throws StoreError when the workspace has none, CheckpointError without its checkpoint.
 */
export async function replayCandidate(
  id: string,
  options: Pick<RunOptions, "workspace" | "family" | "models">,
): Promise<ReplayedCandidate> {
  const { models = BUNDLED_MODELS } = options;
  const store = openStore(workspacePaths(options.workspace), { readOnly: true });
  try {
    const stored = await findCandidate(store, candidateFiles(store.workspace.root), id);
    const prompt = stored && store.prompts.find(stored.promptId);
    if (stored === undefined || prompt === undefined) throw unknownCandidate(id, store.workspace.root);
    return await withFamily(options, modelsOf(store), async (family) => {
      const places = { store, models, outside: family.outside };
      const checkpoint = await findCheckpoint(stored.checkpoint, "generator", places);
      const decoder = await family.openDecoder((await workspaceTokenizer(places)).folder);
      const { settings } = stored;
      const sampler = family.openSampler(checkpoint.folder, { decoder, settings, slots: 1, root: null });
      const picture = stored.picture && pictureFiles(store.workspace.root).image(stored.picture);
      const { candidate: _, ...found } = await closingAfter(
        async () => replay(await sampler, stored, prompt, picture),
        () => [sampler, decoder],
      );
      return { stored, prompt, ...found };
    });
  } finally {
    store.close();
  }
}

function unknownCandidate(id: string, root: string): StoreError {
  return new StoreError(
    `No candidate "${id}" in ${root}: expected the id of a stored candidate or its first digits. ` +
      "A pair or a prompt shows the ids of its candidates.",
  );
}
