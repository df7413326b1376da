import type { runTraining } from "../../adapters/python/index.js";
import type { Json, StageRow } from "../../adapters/store/index.js";
import { decidingTraining } from "../../config/deciding-training.js";
import type { FormatName } from "../../config/formats.js";
import type { TrainingConfig } from "../../config/schema/training.js";
import { hashOf } from "../hash.js";
import type { KnownCheckpoint } from "../known-checkpoint.js";
import type { StagePlace } from "../running/stage-place.js";
import type { SampleVerifiers } from "./sample-watch.js";
import type { TrainingCheckpoints } from "./train-request.js";

export interface TrainingParams extends TrainingCheckpoints {
  readonly settings: TrainingConfig;
  /** The finished pairs stages to train on, in order: this round's, and earlier ones when pairs accumulate. */
  readonly pairs: readonly StageRow[];
  /** What training starts from. */
  readonly policy: KnownCheckpoint;
  readonly reference: KnownCheckpoint;
  /** `base`, `previous` or `fixed:ID`; recorded. */
  readonly referencePolicy: string;
  /** The run's seed. */
  readonly seed: number;
  readonly train: typeof runTraining;
  /** Writes the pairs in another layout, for a trainer that is not ours. */
  readonly exportPairs: (format: FormatName, out: string) => Promise<unknown>;
  /** Judge the sample images that training draws now and then; null lets them be. */
  readonly verifiers?: SampleVerifiers | null;
}

/**
 * What identifies a round's training. The number of processes is part of it from before it was known to decide nothing
 * (each batch is the same, whoever shares it): a training that was begun on another number goes on under that one.
 */
export function trainingInputs(
  { store, runId, round }: StagePlace,
  params: Omit<TrainingParams, "train">,
  pairSets: readonly string[],
): Json {
  const inputs = inputsOf(params, pairSets);
  const begun = store.stages
    .list(runId)
    .filter((stage) => stage.round === round && stage.name === "training")
    .map((stage) => stage.inputs);
  const isSame = (other: Json) => hashOf(onOneProcess(other)) === hashOf(onOneProcess(inputs));
  const exact = begun.find((other) => hashOf(other) === hashOf(inputs));
  return exact ?? begun.find(isSame) ?? inputs;
}

function inputsOf(
  { settings, policy, reference, referencePolicy, seed, ...help }: Omit<TrainingParams, "train">,
  pairSets: readonly string[],
): Json {
  const { judge, adapterBase } = help;
  return {
    pairSets,
    policy: policy.identity,
    reference: reference.identity,
    referencePolicy,
    ...(judge && { judge: judge.identity }),
    ...(adapterBase && { adapterBase: adapterBase.identity }),
    settings: { ...decidingTraining(settings), processes: settings.processes },
    seed,
  };
}

function onOneProcess(inputs: Json): Json {
  return { ...inputs, settings: { ...(inputs["settings"] as object), processes: 1 } };
}
