import type { StageRow } from "../../adapters/store/index.js";
import type { Prompt } from "../../records/prompt.js";
import { promptSetHash } from "../hash.js";
import { runStage } from "../running/run-stage.js";
import type { StagePlace } from "../running/stage-place.js";

/** Records which prompts a round or an evaluation uses, in order. One shard of ledger rows. */
export async function storePrompts(
  place: StagePlace,
  params: {
    /** `prompts`, `prompts-validation`, `prompts-evaluation`. */
    readonly name: string;
    readonly prompts: readonly Prompt[];
    /** Where they came from, for the manifest. */
    readonly origin: string;
  },
): Promise<StageRow> {
  const { name, prompts, origin } = params;
  return runStage(place, {
    name,
    inputs: { origin, promptSet: promptSetHash(prompts) },
    shards: 1,
    reads: () => [],
    unit: "prompts",
    unitsOf: () => prompts.length,
    shard: async (index, stage, task) => {
      place.store.shards.commit(stage.id, index, { rows: prompts.length }, (writer) =>
        writer.prompts(prompts),
      );
      task.advance(prompts.length);
    },
    summary: () => ({ prompts: prompts.length, tasks: countByTask(prompts) }),
  });
}

function countByTask(prompts: readonly Prompt[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { metadata } of prompts) {
    const tag = metadata?.tag ?? "untagged";
    counts[tag] = (counts[tag] ?? 0) + 1;
  }
  return counts;
}
