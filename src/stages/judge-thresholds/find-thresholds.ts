import type { StageRow, Store } from "../../adapters/store/index.js";
import { StoreError } from "../../errors.js";
import type { GridImage } from "../../records/image.js";
import type { Judge } from "../../records/seams.js";
import { askEverything } from "../../search/recorded-searches.js";
import type { SearchOutcome, SearchTask } from "../../search/strategy.js";
import { hashOf } from "../hash.js";
import { runStage } from "../running/run-stage.js";
import type { StagePlace } from "../running/stage-place.js";
import type { CandidateSource } from "../sampling/wanted-candidates.js";
import {
  chosenThresholds,
  recordedSearches,
  type ThresholdTrial,
  type Trials,
  thresholdGrid,
  tryThresholds,
} from "./try-thresholds.js";

/** The stage that keeps what was found for a judge. */
const NAME = "judge-thresholds";

export interface FindThresholdsParams {
  readonly tasks: readonly SearchTask[];
  readonly source: CandidateSource;
  readonly judge: Judge;
  /** Says how good finished images are. */
  readonly labeller: Judge;
  readonly imageOf: (tokens: Uint16Array) => GridImage;
  /** N: paths an image. */
  readonly n: number;
  readonly seed: number;
  /** Of best-of-N's score, 0..1, at most. */
  readonly giveUp: number;
}

/** What is known of a judge's thresholds. */
export interface FoundThresholds {
  readonly judge: string;
  readonly n: number;
  readonly images: number;
  readonly labeller: string;
  readonly tried: number;
  readonly bestOfN: Trials["bestOfN"];
  readonly found: ThresholdTrial;
}

/**
 * Finds PARM's thresholds for a judge: N paths an image run to their ends, everything asked at every step once, then PARM
 * on the recorded verdicts under every setting. Answers of judges that are called are kept as they come; a generator's
 * paths are held until the end.
 */
export function findThresholds(place: StagePlace, params: FindThresholdsParams): Promise<StageRow> {
  const { tasks, source, judge, labeller, n, seed, giveUp } = params;
  const { checkpoint, settings } = source;
  return runStage(place, {
    name: NAME,
    inputs: {
      ...{ checkpoint, settings, judge: judge.identity, labeller: labeller.identity, n, seed, giveUp },
      images: hashOf(tasks.map(({ prompt, attempt }) => [prompt.id, attempt])),
    },
    shards: 0,
    shard: async () => undefined,
    reads: () => [],
    unit: "images",
    unitsOf: () => 0,
    summary: async () => ({ ...(await found(place, params)) }),
  });
}

async function found(place: StagePlace, params: FindThresholdsParams): Promise<FoundThresholds> {
  const { judge, labeller, imageOf, n, seed, source, tasks, giveUp } = params;
  const searches = await recordedOnce(place, params);
  const { settings } = source;
  const recorded = await recordedSearches(searches, { n, seed, settings, imageOf, labeller });
  const grid = thresholdGrid(recorded);
  const trials = await tryThresholds(recorded, grid);
  const best = chosenThresholds(trials, giveUp);
  if (best === undefined) throw nothingFound(searches, labeller);
  return {
    ...{ judge: judge.identity, n, images: tasks.length, labeller: labeller.identity },
    ...{ tried: trials.trials.length, bestOfN: trials.bestOfN, found: best },
  };
}

async function recordedOnce(
  place: StagePlace,
  { tasks, source, judge, n, seed }: FindThresholdsParams,
): Promise<SearchOutcome[]> {
  const searches: SearchOutcome[] = [];
  const task = place.progress.start("asking everything", tasks.length, "images");
  try {
    for await (const outcome of source.search(tasks, askEverything(n, seed), judge)) {
      searches.push(outcome);
      task.advance(1);
    }
  } finally {
    task.end();
  }
  return searches;
}

function nothingFound(searches: readonly SearchOutcome[], labeller: Judge): StoreError {
  const failures = searches.flatMap(({ judgements }) =>
    judgements.flatMap(({ verdict }) => (verdict.kind === "failed" ? verdict.reason : [])),
  );
  const why = failures.length > 0 ? `The judge said: ${failures[0]}` : "";
  return new StoreError(
    `Expected answers to clarity and potential, and finished images that ${labeller.identity.slice(0, 24)} can score, got none. ${why}`.trim(),
  );
}

/** The newest thresholds that were found for a judge in this workspace; undefined where there are none. */
export function knownThresholds(
  store: Store,
  judge: string,
): (FoundThresholds & { readonly stage: string }) | undefined {
  const stages = store.stages.all();
  const [newest] = stages
    .filter(
      ({ name, progress, summary }) =>
        name === NAME && progress === "finished" && summary?.["judge"] === judge,
    )
    .sort((one, other) => (other.finishedAt ?? 0) - (one.finishedAt ?? 0));
  return newest && { ...(newest.summary as unknown as FoundThresholds), stage: newest.id };
}
