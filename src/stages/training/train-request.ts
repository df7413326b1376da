import type { TrainRequest } from "../../adapters/python/index.js";
import type { TrainingConfig } from "../../config/training-schema.js";
import type { KnownCheckpoint } from "../known-checkpoint.js";

/** What a training may be given beside its pairs. */
export interface TrainingCheckpoints {
  /** The judge of reward guidance. */
  readonly judge?: KnownCheckpoint | null;
  /** The checkpoint below the policy's own adapter, where that is carried on. */
  readonly adapterBase?: KnownCheckpoint | null;
}

/** The Python trainer's request for a round: settings in its names, files and folders absolute. */
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
    ...helpRequest(params),
    ...settingsRequest(settings),
    ...watchRequest(settings),
    ...scaleRequest(settings),
  };
}

function helpRequest(params: Parameters<typeof trainRequest>[0]) {
  const { judge, adapterBase, cache } = params;
  return {
    ...(cache && { cache }),
    ...(judge && { guidance_judge: judge.folder }),
    ...(adapterBase && { adapter_base: adapterBase.folder, adapter_start: "carried" as const }),
  };
}

function settingsRequest(settings: TrainingConfig) {
  const { masks } = settings;
  return {
    steps: settings.steps,
    epochs: settings.epochs,
    batch_pairs: settings.batchPairs,
    balance: settings.balance,
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
    keep_checkpoints: settings.keepCheckpoints,
  } as const;
}

function watchRequest({ guidance, sampler, referenceSync, heldOut, ...settings }: TrainingConfig) {
  return {
    ...(guidance && {
      guidance_kind: guidance.kind,
      guidance_coefficient: guidance.coefficient,
      guidance_question: guidance.question,
      guidance_prompts: guidance.prompts,
      guidance_images: guidance.images,
      guidance_draws: guidance.draws,
    }),
    sampler_steps: sampler.steps,
    sampler_guidance_scale: sampler.guidanceScale,
    sampler_temperature: sampler.temperature,
    ...(referenceSync && {
      reference_sync_steps: referenceSync.every,
      reference_mixup: referenceSync.mixup,
    }),
    held_out_share: heldOut.share,
    validate_every: heldOut.every,
    patience: heldOut.patience,
    keep: heldOut.keep,
    divergence_factor: settings.divergenceFactor,
    sample_every: settings.sampleEvery,
    sample_prompts: settings.samplePrompts,
  } as const;
}

function scaleRequest({ adapter, ...settings }: TrainingConfig) {
  return {
    ...(adapter && {
      adapter: "lora" as const,
      adapter_rank: adapter.rank,
      adapter_alpha: adapter.alpha,
      adapter_targets: adapter.targets,
    }),
    micro_pairs: settings.microPairs,
    precision: settings.precision,
    recompute_activations: settings.recomputeActivations,
    processes: settings.processes,
    sharding: settings.sharding,
    trackers: settings.trackers.length > 0 ? settings.trackers : null,
  } as const;
}

function weightsOf(losses: TrainingConfig["losses"]): Record<string, number> {
  const weights: Record<string, number> = {};
  for (const [name, weight] of Object.entries(losses)) if (weight !== undefined) weights[name] = weight;
  return weights;
}
