import type { StageRow } from "../../adapters/store/index.js";
import type { SearchVerifier } from "../../config/schema/verifier.js";
import type { Prompt } from "../../records/prompt.js";
import type { Judge } from "../../records/seams.js";
import { attempts, type SearchTask } from "../../search/strategy.js";
import { strategyOf } from "../../search/verifiers.js";
import { promptSetHash } from "../hash.js";
import { refuseTooMany } from "../image-counts.js";
import {
  distributable,
  type OnDone,
  type ShardOrder,
  type ShardProduct,
  type ShardTools,
} from "../running/distributable-shards.js";
import { runStage, shardsOf } from "../running/run-stage.js";
import type { StagePlace } from "../running/stage-place.js";
import { journaledSource } from "../sampling/journaled-source.js";
import { runSearches, type Searched } from "../sampling/run-searches.js";
import type { CandidateSource } from "../sampling/wanted-candidates.js";
import { hash32 } from "../seeds.js";

export interface SearchParams {
  readonly prompts: readonly Prompt[];
  /** Images of each prompt: independent searches. */
  readonly perPrompt: number;
  readonly verifier: SearchVerifier;
  readonly source: CandidateSource;
  readonly judge: Judge;
  /** The run's seed. */
  readonly seed: number;
  /** Sets the seeds apart from those of other purposes. */
  readonly purpose: string;
  /** Paths of one shard, at most; at least one search's. */
  readonly shardImages: number;
}

/** Searches one image or more for each prompt. All paths are stored, cut ones too, with what the judge said of them. */
export async function searchImages(place: StagePlace, params: SearchParams): Promise<StageRow> {
  const { prompts, perPrompt, verifier, source, judge, seed, purpose, shardImages } = params;
  refuseTooMany(prompts.map(() => perPrompt));
  const tasks = [...attempts(prompts, perPrompt)];
  const shards = shardsOf(tasks, Math.max(1, Math.floor(shardImages / verifier.n)));
  const { checkpoint, settings } = source;
  const search = { promptSet: promptSetHash(prompts), perPrompt, verifier, judge: judge.identity };
  return runStage(place, {
    name: "search",
    inputs: { ...search, checkpoint, settings, seed, purpose, shardImages },
    shards: shards.length,
    reads: () => [],
    unit: "paths",
    unitsOf: (index) => (shards[index]?.length ?? 0) * verifier.n,
    distributable: distributable({
      checkpoint,
      judge: judge.identity,
      order: (index): SearchOrder => {
        return { kind: "search", tasks: shards[index] ?? [], verifier, seed, purpose };
      },
      compute: (order, onDone, journal) =>
        computeSearch(order, { ...params, source: journaledSource(params.source, journal) }, onDone),
      record: (writer, { candidates, data }) => {
        writer.candidates(candidates);
        writer.verdicts(data.verdicts);
        writer.searches(data.searches);
      },
    }),
    summary: (stage) => summaryOf(place, stage),
  });
}

/** The searches of one shard. */
export interface SearchOrder extends ShardOrder {
  readonly kind: "search";
  readonly tasks: readonly SearchTask[];
  readonly verifier: SearchVerifier;
  readonly seed: number;
  readonly purpose: string;
}

/** Runs the searches and keeps all their paths. */
export async function computeSearch(
  { tasks, verifier, seed, purpose }: SearchOrder,
  { source, judge }: Pick<ShardTools, "source" | "judge">,
  onDone: OnDone,
): Promise<ShardProduct<Pick<Searched, "verdicts" | "searches">>> {
  const strategy = strategyOf(verifier, hash32(seed, purpose));
  const { candidates, verdicts, searches } = await runSearches(tasks, {
    source,
    strategy,
    judge: judge as Judge,
    keeps: () => true,
    onOutcome: () => onDone(verifier.n),
  });
  return { candidates, prompts: tasks.map(({ prompt }) => prompt), data: { verdicts, searches } };
}

function summaryOf({ store }: StagePlace, stage: StageRow) {
  const chosen: string[] = [];
  for (const { chosenId } of store.searches.iterate(stage.id)) if (chosenId !== null) chosen.push(chosenId);
  let cut = 0;
  for (const { status } of store.candidates.iterate(stage.id)) cut += status === "dropped" ? 1 : 0;
  const { searches, nfe, judgeCalls, failedVerdicts } = store.searches.costs(stage.id);
  const paths = store.shards.progress(stage.id).rows;
  const shown = chosen.slice(0, MOST_NAMED);
  return { searches, paths, cut, nfe, judgeCalls, failedVerdicts, chosen: shown };
}

/** Chosen images that the summary names; the ledger has all. */
const MOST_NAMED = 20;
