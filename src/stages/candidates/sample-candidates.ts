import type { CandidateFiles } from "../../adapters/arrow/index.js";
import type { StageRow } from "../../adapters/store/index.js";
import type { ImagesConfig } from "../../config/images-schema.js";
import type { Task } from "../../records/progress.js";
import type { Prompt } from "../../records/prompt.js";
import { candidateSeeds } from "../../search/seeds.js";
import { writeCandidateShard } from "../candidate-shard.js";
import { imageCounts } from "../image-counts.js";
import { type CandidateSource, obtainCandidates, type Wanted } from "../obtain.js";
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
    shard: (index, stage, task) =>
      sampleShard(place, params, { wanted: shards[index] ?? [], index, stage, task }),
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

async function sampleShard(
  { store }: StagePlace,
  { source, files }: CandidatesParams,
  shard: { wanted: readonly Wanted[]; index: number; stage: StageRow; task: Task },
): Promise<void> {
  const obtained = await obtainCandidates({ store, files, source }, shard.wanted, (count) =>
    shard.task.advance(count),
  );
  const candidates = obtained.map(({ candidate }) => candidate);
  const prompts = shard.wanted.map(({ prompt }) => prompt);
  const written = await writeCandidateShard(store.workspace.root, shard, candidates, prompts);
  store.shards.commit(shard.stage.id, shard.index, written, (writer) => writer.candidates(candidates));
}
