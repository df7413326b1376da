import type { StageRow } from "../../adapters/store/index.js";
import { promptSetHash } from "../hash.js";
import {
  distributable,
  type OnDone,
  type ShardOrder,
  type ShardProduct,
  type ShardTools,
} from "../running/distributable-shards.js";
import { runStage } from "../running/run-stage.js";
import type { StagePlace } from "../running/stage-place.js";
import { journaledSource } from "../sampling/journaled-source.js";
import { collectCandidates, locateKnown, type Sampled, type Wanted } from "../sampling/wanted-candidates.js";
import { type CandidatesParams, wantedShards } from "./wanted-shards.js";

/** Samples candidates for each prompt: tokens and their steps in one Arrow file a shard, rows in the ledger. */
export async function sampleCandidates(place: StagePlace, params: CandidatesParams): Promise<StageRow> {
  const { prompts, images, forks = null, source, seed, purpose, shardImages } = params;
  const shards = wantedShards(params);
  const { checkpoint, settings } = source;
  return runStage(place, {
    name: params.name ?? "candidates",
    inputs: {
      promptSet: promptSetHash(prompts),
      images,
      ...(forks === null ? {} : { forks }),
      ...{ checkpoint, settings, seed, purpose, shardImages },
    },
    shards: shards.length,
    reads: function* (missing) {
      for (const index of missing) yield* locateKnown(place.store, source, shards[index]?.wanted() ?? []);
    },
    unit: "images",
    unitsOf: (index) => shards[index]?.images ?? 0,
    distributable: distributable({
      checkpoint,
      judge: null,
      order: (index): CandidatesOrder => {
        const wanted = shards[index]?.wanted() ?? [];
        return { kind: "candidates", wanted, known: locateKnown(place.store, source, wanted) };
      },
      compute: (order, onDone, journal) =>
        computeCandidates(order, { ...params, source: journaledSource(params.source, journal) }, onDone),
      record: (writer, { candidates }) => writer.candidates(candidates),
    }),
    summary: (stage) => ({ candidates: place.store.shards.progress(stage.id).rows, prompts: prompts.length }),
  });
}

/** The candidates of one shard. */
export interface CandidatesOrder extends ShardOrder {
  readonly kind: "candidates";
  readonly wanted: readonly Wanted[];
  /** Those of them that the workspace has. */
  readonly known: readonly Sampled[];
}

/** Samples what is not known, and reads back what is. */
export async function computeCandidates(
  { wanted, known }: CandidatesOrder,
  tools: Pick<ShardTools, "source" | "files">,
  onDone: OnDone,
): Promise<ShardProduct<null>> {
  const collected = await collectCandidates(tools, wanted, known, onDone);
  const candidates = collected.map(({ candidate }) => candidate);
  return { candidates, prompts: wanted.map(({ prompt }) => prompt), data: null };
}
