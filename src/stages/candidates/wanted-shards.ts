import type { CandidateFiles } from "../../adapters/arrow/index.js";
import type { ForksConfig } from "../../config/schema/forks.js";
import type { ImagesConfig } from "../../config/schema/images.js";
import type { Prompt } from "../../records/prompt.js";
import { candidateSeeds } from "../../search/seeds.js";
import { imageCounts } from "../image-counts.js";
import type { CandidateSource, Wanted } from "../sampling/wanted-candidates.js";
import { hash32 } from "../seeds.js";

type Settings = Pick<CandidatesParams, "prompts" | "images" | "forks" | "seed" | "purpose" | "shardImages">;

/** The candidates of some whole prompts. */
export interface WantedShard {
  readonly images: number;
  /** Computed when asked for: a round's candidates are many, its prompts few. */
  readonly wanted: () => Wanted[];
}

/** Candidates in shards of whole prompts: as many prompts as fit into `shardImages`, at least one. */
export function wantedShards(settings: Settings): WantedShard[] {
  const { prompts, images, seed, shardImages } = settings;
  const counts = imageCounts(prompts, images, seed);
  const shards: { images: number; prompts: (typeof prompts)[number][] }[] = [];
  for (const prompt of prompts) {
    const count = counts.get(prompt.id) ?? 0;
    if (count === 0) continue;
    const last = shards.at(-1);
    if (last !== undefined && last.images + count <= shardImages) {
      last.images += count;
      last.prompts.push(prompt);
    } else shards.push({ images: count, prompts: [prompt] });
  }
  return shards.map(({ images, prompts }) => ({
    images,
    wanted: () => prompts.flatMap((prompt) => wantedOf(prompt, counts.get(prompt.id) ?? 0, settings)),
  }));
}

/** `count` candidates of a prompt: each a path of its own, or every few the branches of one. */
function wantedOf(
  prompt: Wanted["prompt"],
  count: number,
  { forks = null, seed, purpose }: Settings,
): Wanted[] {
  const each = forks?.each ?? 1;
  const seeds = candidateSeeds(hash32(seed, purpose), { prompt, attempt: 0 }, Math.ceil(count / each));
  const wanted = seeds.flatMap((path, place): Wanted[] => {
    const step = forks?.after[place % forks.after.length] as number;
    return Array.from({ length: each }, (_, branch) =>
      // The path itself is one of its branches.
      branch === 0
        ? { prompt, seed: path }
        : { prompt, seed: path, fork: { step, remask: 0, seed: hash32("branch", path, step, branch) } },
    );
  });
  return wanted.slice(0, count);
}

export interface CandidatesParams {
  /** The stage's; `candidates` unless given. */
  readonly name?: string;
  readonly prompts: readonly Prompt[];
  /** Candidates of each prompt, or of each task. */
  readonly images: ImagesConfig;
  /** Which of them share their first steps; null or absent for none. */
  readonly forks?: ForksConfig;
  readonly source: CandidateSource;
  readonly files: CandidateFiles;
  /** The run's seed. */
  readonly seed: number;
  /** Sets the seeds of this round's candidates apart from all others. */
  readonly purpose: string;
  /** Images of one shard, at most; at least one prompt's. */
  readonly shardImages: number;
}
