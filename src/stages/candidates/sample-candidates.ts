import type { CandidateFiles } from "../../adapters/arrow/index.js";
import type { StageRow } from "../../adapters/store/index.js";
import type { Task } from "../../records/progress.js";
import type { Prompt } from "../../records/prompt.js";
import { candidateSeeds } from "../../search/seeds.js";
import { writeCandidateShard } from "../candidate-shard.js";
import { type CandidateSource, obtainCandidates } from "../obtain.js";
import { promptSetHash } from "../prompt-set.js";
import { runStage, type StagePlace, shardsOf } from "../run-stage.js";
import { hash32 } from "../seeds.js";

export interface CandidatesParams {
  readonly prompts: readonly Prompt[];
  /** Candidates of each prompt. */
  readonly perPrompt: number;
  readonly source: CandidateSource;
  readonly files: CandidateFiles;
  /** The run's seed. */
  readonly seed: number;
  /** Sets the seeds of this round's candidates apart from all others. */
  readonly purpose: string;
  /** Images of one shard, at most; at least one prompt's. */
  readonly shardImages: number;
}

/** Samples `perPrompt` candidates for each prompt: tokens and their steps in one Arrow file a shard, rows in the ledger. */
export async function sampleCandidates(place: StagePlace, params: CandidatesParams): Promise<StageRow> {
  const { prompts, perPrompt, source, seed, purpose, shardImages } = params;
  const shards = shardsOf(prompts, Math.max(1, Math.floor(shardImages / perPrompt)));
  const { checkpoint, settings } = source;
  return runStage(place, {
    name: "candidates",
    inputs: {
      promptSet: promptSetHash(prompts),
      perPrompt,
      checkpoint,
      settings,
      seed,
      purpose,
      shardImages,
    },
    shards: shards.length,
    unit: "images",
    unitsOf: (index) => (shards[index]?.length ?? 0) * perPrompt,
    shard: (index, stage, task) =>
      sampleShard(place, params, { prompts: shards[index] ?? [], index, stage, task }),
    summary: (stage) => ({ candidates: place.store.shards.progress(stage.id).rows, prompts: prompts.length }),
  });
}

async function sampleShard(
  { store }: StagePlace,
  { source, files, perPrompt, seed, purpose }: CandidatesParams,
  shard: { prompts: readonly Prompt[]; index: number; stage: StageRow; task: Task },
): Promise<void> {
  const baseSeed = hash32(seed, purpose);
  const wanted = shard.prompts.flatMap((prompt) =>
    candidateSeeds(baseSeed, { prompt, attempt: 0 }, perPrompt).map((seed) => ({ prompt, seed })),
  );
  const obtained = await obtainCandidates({ store, files, source }, wanted, (count) =>
    shard.task.advance(count),
  );
  const candidates = obtained.map(({ candidate }) => candidate);
  const written = await writeCandidateShard(store.workspace.root, shard, candidates, shard.prompts);
  store.shards.commit(shard.stage.id, shard.index, written, (writer) => writer.candidates(candidates));
}
