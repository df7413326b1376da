import type { CandidateFiles } from "../../adapters/arrow/index.js";
import type { LocatedCandidate, StageRow } from "../../adapters/store/index.js";
import type { ImagesConfig } from "../../config/images-schema.js";
import type { Prompt } from "../../records/prompt.js";
import { candidateSeeds } from "../../search/seeds.js";
import { imageCounts } from "../image-counts.js";
import { type CandidateSource, locateKnown, obtainCandidates, type Wanted } from "../obtain.js";
import { type OnDone, portable, type ShardOrder, type ShardProduct, type ShardTools } from "../portable.js";
import { promptSetHash } from "../prompt-set.js";
import { runStage, type StagePlace } from "../run-stage.js";
import { hash32 } from "../seeds.js";

export interface CandidatesParams {
  readonly prompts: readonly Prompt[];
  /** Candidates of each prompt, or of each task. */
  readonly images: ImagesConfig;
  readonly source: CandidateSource;
  readonly files: CandidateFiles;
  /** The run's seed. */
  readonly seed: number;
  /** Sets the seeds of this round's candidates apart from all others. */
  readonly purpose: string;
  /** Images of one shard, at most; at least one prompt's. */
  readonly shardImages: number;
}

/** Samples candidates for each prompt: tokens and their steps in one Arrow file a shard, rows in the ledger. */
export async function sampleCandidates(place: StagePlace, params: CandidatesParams): Promise<StageRow> {
  const { prompts, images, source, seed, purpose, shardImages } = params;
  const shards = wantedShards(params);
  const { checkpoint, settings } = source;
  return runStage(place, {
    name: "candidates",
    inputs: { promptSet: promptSetHash(prompts), images, checkpoint, settings, seed, purpose, shardImages },
    shards: shards.length,
    unit: "images",
    unitsOf: (index) => shards[index]?.length ?? 0,
    portable: portable({
      checkpoint,
      judge: null,
      order: (index): CandidatesOrder => {
        const wanted = shards[index] ?? [];
        return { kind: "candidates", wanted, known: locateKnown(place.store, source, wanted) };
      },
      compute: (order, onDone) => computeCandidates(order, params, onDone),
      record: (writer, { candidates }) => writer.candidates(candidates),
    }),
    summary: (stage) => ({ candidates: place.store.shards.progress(stage.id).rows, prompts: prompts.length }),
  });
}

/** Candidates in shards of whole prompts: as many prompts as fit into `shardImages`, at least one. */
function wantedShards({ prompts, images, seed, purpose, shardImages }: CandidatesParams): Wanted[][] {
  const counts = imageCounts(prompts, images, seed);
  const baseSeed = hash32(seed, purpose);
  const shards: Wanted[][] = [];
  for (const prompt of prompts) {
    const seeds = candidateSeeds(baseSeed, { prompt, attempt: 0 }, counts.get(prompt.id) ?? 0);
    const wanted = seeds.map((seed) => ({ prompt, seed }));
    const last = shards.at(-1);
    if (last !== undefined && last.length + wanted.length <= shardImages) last.push(...wanted);
    else if (wanted.length > 0) shards.push(wanted);
  }
  return shards;
}

/** The candidates of one shard. */
export interface CandidatesOrder extends ShardOrder {
  readonly kind: "candidates";
  readonly wanted: readonly Wanted[];
  /** Those of them that the workspace has. */
  readonly known: readonly LocatedCandidate[];
}

/** Samples what is not known, and reads back what is. */
export async function computeCandidates(
  { wanted, known }: CandidatesOrder,
  tools: Pick<ShardTools, "source" | "files">,
  onDone: OnDone,
): Promise<ShardProduct<null>> {
  const obtained = await obtainCandidates(tools, wanted, known, onDone);
  const candidates = obtained.map(({ candidate }) => candidate);
  return { candidates, prompts: wanted.map(({ prompt }) => prompt), data: null };
}
