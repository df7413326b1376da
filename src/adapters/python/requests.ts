/** One DPO run, as `espalier_torch.protocol.TrainRequest` reads it; that class documents and checks every field. */
export interface TrainRequest {
  readonly request: "train";
  /** Files of the pair set, Arrow streams, in order. */
  readonly pairs: string | readonly string[];
  /** Folder of the checkpoint training starts from. */
  readonly generator: string;
  /** Folder of the checkpoint to write. */
  readonly out: string;
  /** Folder of the reference checkpoint; the starting checkpoint when absent. */
  readonly reference?: string | null;
  /** How the reference was chosen: base, previous, fixed:ID or ema. Recorded. */
  readonly reference_policy?: string;
  /** Round of the run, from 1. Recorded. */
  readonly round?: number | null;
  /** Folder of resumable state, of this run alone; OUT.work when absent. */
  readonly work?: string | null;
  /** Folder of reference log-probabilities, for many runs; `work` when absent. */
  readonly cache?: string | null;
  readonly seed?: number;
  readonly threads?: number | null;
  readonly device?: "cpu" | "cuda" | "auto";
  /** How a step's pairs are drawn: over all pairs alike, or as many of each task. */
  readonly balance?: "none" | "task";
  readonly epochs?: number;
  /** Optimizer steps; decides over epochs. */
  readonly steps?: number | null;
  readonly batch_pairs?: number;
  readonly learning_rate?: number;
  readonly warmup_share?: number;
  readonly weight_decay?: number;
  readonly adam_beta1?: number;
  readonly adam_beta2?: number;
  readonly max_gradient_norm?: number;
  readonly beta?: number;
  /** Weight of each loss by name, such as { sigmoid: 1, sft: 0.5 }. */
  readonly losses?: Readonly<Record<string, number>>;
  readonly label_smoothing?: number;
  readonly f_divergence?: string;
  readonly f_alpha?: number;
  readonly discopop_tau?: number;
  readonly reduction?: "sum" | "mean";
  readonly mask_policy?: "random" | "high-ratio" | "own-path";
  readonly mask_draws?: number;
  readonly mask_stratified?: boolean;
  readonly mask_antithetic?: boolean;
  readonly mask_seed?: number;
  readonly mask_lowest_ratio?: number;
  readonly mask_scored?: "committed" | "masked";
  readonly mask_path_share?: number;
  readonly mask_shared?: boolean;
  readonly mask_tables?: number;
  readonly caption_dropout?: number;
  readonly tag_balance?: number;
  readonly ema_decay?: number;
  readonly micro_pairs?: number | null;
  readonly precision?: "fp32" | "bf16";
  readonly recompute_activations?: boolean;
  readonly processes?: number;
  readonly sharding?: "none" | "full";
  readonly adapter?: "none" | "lora";
  readonly adapter_rank?: number;
  readonly adapter_alpha?: number;
  readonly adapter_targets?: readonly string[] | null;
  readonly adapter_start?: "fresh" | "carried";
  /** Folder of the checkpoint a carried adapter sits on. */
  readonly adapter_base?: string | null;
  readonly reference_sync_steps?: number | null;
  readonly reference_mixup?: number;
  /** Folder of the judge whose P(yes) is raised. */
  readonly guidance_judge?: string | null;
  readonly guidance_kind?: "straight-through" | "score-function";
  readonly guidance_coefficient?: number;
  readonly guidance_question?: string;
  readonly guidance_prompts?: number;
  readonly guidance_images?: number;
  readonly guidance_draws?: number;
  readonly sampler_steps?: number;
  readonly sampler_guidance_scale?: number;
  readonly sampler_temperature?: number;
  readonly held_out_share?: number;
  readonly validate_every?: number;
  readonly patience?: number | null;
  readonly keep?: "last" | "best";
  readonly divergence_factor?: number;
  readonly metrics_every?: number;
  readonly sample_every?: number | null;
  readonly sample_prompts?: number;
  readonly trackers?: readonly string[] | null;
  readonly checkpoint_every?: number;
  readonly keep_checkpoints?: number;
}

/** What a run would need, without running it. */
export interface EstimateRequest extends Omit<TrainRequest, "request"> {
  readonly request: "estimate";
}

/** One training of a judge, as `espalier_torch.protocol.JudgeTrainRequest` reads it; that class documents and checks every field. */
export interface JudgeTrainRequest {
  readonly request: "train-judge";
  /** Files of the sample set, Arrow streams, in order. */
  readonly samples: readonly string[];
  /** Folder of the generator whose trunk the judge has. */
  readonly generator: string;
  /** Folder of the checkpoint to write. */
  readonly out: string;
  /** Folder of a judge to go on from. */
  readonly start?: string | null;
  readonly work?: string | null;
  readonly seed?: number;
  readonly threads?: number | null;
  readonly device?: "cpu" | "cuda" | "auto";
  readonly steps?: number;
  readonly batch?: number;
  readonly learning_rate?: number;
  readonly warmup_share?: number;
  readonly weight_decay?: number;
  readonly adam_beta1?: number;
  readonly adam_beta2?: number;
  readonly max_gradient_norm?: number;
  readonly ranking_weight?: number;
  readonly reason_weight?: number;
  readonly settled?: boolean;
  readonly ema_decay?: number;
  /** Folder of MAGVIT-v2: tunes the vision-language judge in `start` by LoRA. */
  readonly image_tokenizer?: string | null;
  readonly questions?: string | null;
  readonly adapter_rank?: number;
  readonly adapter_alpha?: number;
  readonly checkpoint_every?: number;
  readonly keep_checkpoints?: number;
}

/** Writes generator.onnx into a checkpoint folder. */
export interface ExportRequest {
  readonly request: "export";
  readonly generator: string;
}

/** Asks what the machine and its Python offer. */
export interface ProbeRequest {
  readonly request: "probe";
}

export type WorkerRequest = TrainRequest | EstimateRequest | JudgeTrainRequest | ExportRequest | ProbeRequest;
