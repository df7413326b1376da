import type { TrainRequest } from "../../adapters/python/index.js";
import type { TrainingConfig } from "../../config/schema/training.js";
import type { KnownCheckpoint } from "../known-checkpoint.js";

/** What a training may be given beside its pairs. */
export interface TrainingCheckpoints {
  /** The judge of reward guidance. */
  readonly judge?: KnownCheckpoint | null;
  /** The checkpoint below the policy's own adapter, where that is carried on. */
  readonly adapterBase?: KnownCheckpoint | null;
}

/** The Python trainer's request for a round: the settings as they are, files and folders absolute. */
export function trainRequest(
  params: TrainingCheckpoints & {
    readonly settings: TrainingConfig;
    readonly pairs: readonly string[];
    readonly policy: KnownCheckpoint;
    readonly reference: KnownCheckpoint;
    readonly referencePolicy: string;
    /** Folder of reference log-probabilities that trainings share. */
    readonly cache?: string;
    readonly out: string;
    readonly round: number;
    /** Unsigned 32-bit integer, of the data order and the masks. */
    readonly seed: number;
  },
): TrainRequest {
  const { pairs, policy, reference, referencePolicy, out, round, seed } = params;
  const { command: _, pairsLayout: __, ...settings } = params.settings;
  const { judge, adapterBase, cache } = params;
  return {
    request: "train",
    pairs,
    generator: policy.folder,
    reference: reference.folder,
    referencePolicy,
    out,
    round,
    seed,
    maskSeed: seed,
    ...settings,
    guidance: settings.guidance && judge ? { ...settings.guidance, judge: judge.folder } : null,
    adapter: settings.adapter && adapterOf(settings.adapter),
    ...(cache && { cache }),
    ...(adapterBase && { adapterBase: adapterBase.folder }),
  };
}

/** What becomes of an adapter between rounds is no business of the one training. */
function adapterOf({ betweenRounds: _, ...adapter }: NonNullable<TrainingConfig["adapter"]>) {
  return adapter;
}
