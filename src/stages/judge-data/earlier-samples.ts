import type { JudgeFileRow } from "../../adapters/arrow/index.js";
import type { StageRow } from "../../adapters/store/index.js";
import { judgeRows, writeJudgeShard } from "../judge-shard.js";
import { runStage } from "../running/run-stage.js";
import type { StagePlace } from "../running/stage-place.js";
import { rankOf } from "../seeds.js";

export interface EarlierSamplesParams {
  /** Finished stages of samples, oldest first. */
  readonly earlier: readonly StageRow[];
  /** Samples wanted, met to within the last prompt's. */
  readonly wanted: number;
  readonly seed: number;
}

/** Draws samples of earlier tunings, whole prompts at random: a judge learns to rank the images of a prompt. */
export async function drawEarlierSamples(place: StagePlace, params: EarlierSamplesParams): Promise<StageRow> {
  const { earlier, wanted, seed } = params;
  const sources = earlier.flatMap((stage) =>
    place.store.shards.list(stage.id).map((shard) => ({ ...shard, stage })),
  );
  let chosen: Promise<ReadonlySet<string>> | undefined;
  const open = () => {
    chosen ??= choosePrompts(place, params);
    return chosen;
  };
  return runStage(place, {
    name: "judge-samples-earlier",
    inputs: { earlier: earlier.map(({ id }) => id), wanted, seed },
    shards: sources.length,
    reads: () => sources,
    unit: "images",
    unitsOf: (index) => sources[index]?.rows ?? 0,
    shard: async (index, stage, task) => {
      const prompts = await open();
      const source = sources[index] as (typeof sources)[number];
      const kept: JudgeFileRow[] = [];
      for await (const row of judgeRows(place, source.stage, source.index)) {
        if (prompts.has(row.promptId)) kept.push(row);
      }
      await writeJudgeShard(place, { stage, index }, kept);
      task.advance(source.rows);
    },
    summary: (stage) => ({ images: place.store.shards.progress(stage.id).rows }),
  });
}

async function choosePrompts(
  place: StagePlace,
  { earlier, wanted, seed }: EarlierSamplesParams,
): Promise<Set<string>> {
  const counts = new Map<string, number>();
  for (const stage of earlier) {
    for await (const { promptId } of judgeRows(place, stage)) {
      counts.set(promptId, (counts.get(promptId) ?? 0) + 1);
    }
  }
  const ranked = [...counts.keys()].sort((one, other) => (rankOf(one, seed) < rankOf(other, seed) ? -1 : 1));
  const chosen = new Set<string>();
  let drawn = 0;
  for (const id of ranked) {
    if (drawn >= wanted) break;
    chosen.add(id);
    drawn += counts.get(id) ?? 0;
  }
  return chosen;
}
