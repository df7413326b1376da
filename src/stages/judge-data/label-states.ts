import type { JudgeFileRow } from "../../adapters/arrow/index.js";
import type { StageRow } from "../../adapters/store/index.js";
import { tokensOf } from "../../decoding/grid-complaint.js";
import { PromptError } from "../../errors.js";
import type { SamplerSettings } from "../../records/candidate.js";
import { closeAll } from "../../records/closing.js";
import type { Detection } from "../../records/detection.js";
import type { ProgressTask } from "../../records/progress.js";
import type { Prompt, WordIds } from "../../records/prompt.js";
import type { Decoder, Detector, Sampler } from "../../records/seams.js";
import { search } from "../../search/scheduling/scheduler.js";
import type { SearchTask } from "../../search/strategy.js";
import { type Trajectory, trajectories } from "../../search/trajectories.js";
import { hashOf } from "../hash.js";
import { writeJudgeShard } from "../judge-shard.js";
import { runStage, shardsOf } from "../running/run-stage.js";
import type { StagePlace } from "../running/stage-place.js";
import { openUnfinished } from "../running/unfinished-shard.js";
import { hash32 } from "../seeds.js";
import {
  type CheckedPrompt,
  CLEAR_AGREEMENT,
  labelTrajectory,
  type SeenTrajectory,
} from "./label-trajectory.js";

export interface StatesParams {
  /** `judge-states` of training prompts, `judge-states-held-out` of held-out ones. */
  readonly name: string;
  /** One path each. Prompts need metadata. */
  readonly tasks: readonly SearchTask[];
  /** Identity of the checkpoint that `openSampler` opens, and how it samples. */
  readonly checkpoint: string;
  readonly settings: SamplerSettings;
  readonly openSampler: () => Promise<Sampler>;
  readonly decoder: Decoder;
  readonly detector: Detector;
  readonly encodePrompt: (text: string) => WordIds | Promise<WordIds>;
  /** The run's seed. */
  readonly seed: number;
  /** Ends tried from a state, and states of a path from which they are. */
  readonly completions: number;
  readonly completedStates: number;
  /** Paths of one shard: the most work lost when the process is killed. */
  readonly shardPaths: number;
}

/** Samples paths, looks at every step, and labels what a detector sees there: one Arrow file a shard. */
export async function labelStates(place: StagePlace, params: StatesParams): Promise<StageRow> {
  const { tasks, checkpoint, settings, detector, seed, completions, completedStates, shardPaths } = params;
  const shards = shardsOf(tasks, shardPaths);
  let sampler: Promise<Sampler> | undefined;
  const open = () => {
    sampler ??= params.openSampler();
    return sampler;
  };
  const paths = hashOf(tasks.map(({ prompt, attempt }) => [prompt.id, attempt]));
  try {
    return await runStage(place, {
      name: params.name,
      inputs: {
        ...{
          paths,
          checkpoint,
          settings,
          detector: detector.identity,
          seed,
          completions,
          completedStates,
          shardPaths,
        },
        clearAgreement: CLEAR_AGREEMENT,
      },
      shards: shards.length,
      reads: () => [],
      unit: "paths",
      unitsOf: (index) => shards[index]?.length ?? 0,
      shard: async (index, stage, task) =>
        labelShard(place, params, { tasks: shards[index] ?? [], index, stage, task, sampler: await open() }),
      summary: (stage) => ({ paths: tasks.length, images: place.store.shards.progress(stage.id).rows }),
    });
  } finally {
    await closeAll([sampler]);
  }
}

interface Shard {
  readonly tasks: readonly SearchTask[];
  readonly index: number;
  readonly stage: StageRow;
  readonly task: ProgressTask;
  readonly sampler: Sampler;
}

/** The rows of a path are kept as soon as it is labelled: a shard that is stopped goes on after the last one. */
async function labelShard(place: StagePlace, params: StatesParams, shard: Shard): Promise<void> {
  const { stage, index, task } = shard;
  const journal = await openUnfinished(place.store, stage, index);
  const known = (one: SearchTask) => journal.find<JudgeFileRow[]>(pathKey(one));
  const missing = shard.tasks.filter((one) => known(one) === undefined);
  task.advance(shard.tasks.length - missing.length);
  const labelled = new Map<string, readonly JudgeFileRow[]>();
  for await (const [key, rows] of labelledPaths(place, params, { ...shard, tasks: missing })) {
    journal.keep(key, rows);
    labelled.set(key, rows);
    task.advance(1);
  }
  const rows = shard.tasks.flatMap((one) => known(one) ?? labelled.get(pathKey(one)) ?? []);
  await writeJudgeShard(place, shard, rows);
}

/** Within a shard, whose stage says all the rest. */
function pathKey({ prompt, attempt }: SearchTask): string {
  return JSON.stringify([prompt.id, attempt]);
}

async function* labelledPaths(
  { signal }: StagePlace,
  params: StatesParams,
  { tasks, sampler }: Shard,
): AsyncGenerator<[key: string, rows: JudgeFileRow[]]> {
  const { completions, completedStates } = params;
  const strategy = trajectories({ seed: hash32(params.seed, params.name), completions, completedStates });
  // A signal of its own, so that listeners of finished searches do not pile up on the run's.
  const stop = signal ? { signal: AbortSignal.any([signal]) } : {};
  for await (const outcome of search(tasks, { sampler, strategy, ...stop })) {
    const trajectory = strategy.take(outcome);
    const seen = await look(trajectory, params);
    yield [pathKey(outcome), [...labelTrajectory(await checked(outcome.prompt, params), trajectory, seen)]];
  }
}

/** Detections in every preview and every completion; all of a path are decoded together. */
async function look({ states }: Trajectory, { decoder, detector }: StatesParams): Promise<SeenTrajectory> {
  const grids = states.flatMap(({ preview, completions }) => [
    tokensOf(preview),
    ...completions.map(({ tokens }) => tokens),
  ]);
  const found = (await detector.detect(await decoder.decode(grids))).values();
  const next = () => found.next().value as Detection[];
  const seen = states.map(({ completions }) => ({ preview: next(), completions: completions.map(next) }));
  return {
    states: seen.map(({ preview }) => preview),
    completions: seen.map(({ completions: ends }) => ends),
  };
}

async function checked(prompt: Prompt, { encodePrompt }: StatesParams): Promise<CheckedPrompt> {
  const { metadata } = prompt;
  if (metadata !== undefined) return { ...prompt, metadata, encoded: await encodePrompt(prompt.text) };
  throw new PromptError(
    `Prompt "${prompt.text}" has no metadata to label images against: expected a prompt of the known grammar, or GenEval's JSONL.`,
  );
}
