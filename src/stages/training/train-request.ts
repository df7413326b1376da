import type { TrainRequest } from "../../adapters/python/index.js";
import type { TrainingConfig } from "../../config/training-schema.js";
import type { KnownCheckpoint } from "../known-checkpoint.js";

/** The Python trainer's request for a round: settings in its names, files and folders absolute. */
export function trainRequest(params: {
  readonly settings: TrainingConfig;
  readonly pairs: readonly string[];
  readonly policy: KnownCheckpoint;
  readonly reference: KnownCheckpoint;
  readonly referencePolicy: string;
  readonly out: string;
  readonly round: number;
  /** Unsigned 32-bit integer, of the data order and the masks. */
  readonly seed: number;
}): TrainRequest {
  const { settings, pairs, policy, reference, referencePolicy, out, round, seed } = params;
  return {
    request: "train",
    pairs,
    generator: policy.folder,
    reference: reference.folder,
    reference_policy: referencePolicy,
    out,
    round,
    seed,
    mask_seed: seed,
    ...settingsRequest(settings),
  };
}

function settingsRequest(settings: TrainingConfig) {
  const { masks } = settings;
  return {
    steps: settings.steps,
    epochs: settings.epochs,
    batch_pairs: settings.batchPairs,
    learning_rate: settings.learningRate,
    warmup_share: settings.warmupShare,
    weight_decay: settings.weightDecay,
    max_gradient_norm: settings.maximumGradientNorm,
    beta: settings.beta,
    losses: weightsOf(settings.losses),
    label_smoothing: settings.labelSmoothing,
    f_divergence: settings.divergence,
    f_alpha: settings.divergenceAlpha,
    discopop_tau: settings.discopopTau,
    reduction: settings.reduction,
    mask_policy: masks.policy,
    mask_lowest_ratio: masks.lowestRatio,
    mask_scored: masks.scored,
    mask_path_share: masks.pathShare,
    mask_draws: masks.draws,
    mask_stratified: masks.stratified,
    mask_antithetic: masks.antithetic,
    mask_shared: masks.shared,
    mask_tables: masks.tables,
    caption_dropout: settings.captionDropout,
    tag_balance: settings.taskBalance,
    ema_decay: settings.averageDecay,
    threads: settings.threads,
    device: settings.device,
    checkpoint_every: settings.checkpointEvery,
  } as const;
}

function weightsOf(losses: TrainingConfig["losses"]): Record<string, number> {
  const weights: Record<string, number> = {};
  for (const [name, weight] of Object.entries(losses)) if (weight !== undefined) weights[name] = weight;
  return weights;
}
