import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseEvent, workerEventSchema } from "../../../src/adapters/python/events.js";
import type { JudgeTrainRequest, TrainRequest } from "../../../src/adapters/python/index.js";

const lines = (name: string) =>
  readFileSync(new URL(`../../contract/${name}`, import.meta.url), "utf8")
    .trim()
    .split("\n");

describe("the event stream both languages share", () => {
  it("parses, and holds every event there is", () => {
    const found = lines("events.jsonl").map((line) => parseEvent(line).event);
    const known = workerEventSchema.options.map((option) => option.shape.event.value);
    expect(new Set(found)).toEqual(new Set(known));
  });

  it.each(lines("events.jsonl").map((line) => [JSON.parse(line).event as string, line]))(
    "refuses %s when a field is missing or unknown",
    (_, line) => {
      const event = JSON.parse(line) as Record<string, unknown>;
      for (const field of Object.keys(event)) {
        const { [field]: _dropped, ...rest } = event;
        expect(() => parseEvent(JSON.stringify(rest)), field).toThrow();
      }
      expect(() => parseEvent(JSON.stringify({ ...event, surprise: 1 }))).toThrow(/surprise/);
    },
  );

  it("takes the measures that only some steps have", () => {
    const step = lines("events.jsonl").find((line) => line.includes("step-end")) as string;
    const measures = { entropy: 3.1, mean_token_accuracy: 0.2, "logits/chosen": -1, "guidance/score": 0.7 };
    expect(parseEvent(JSON.stringify({ ...JSON.parse(step), ...measures }))).toMatchObject(measures);
  });

  it("has null where Python lost a number", () => {
    const lost = lines("events.jsonl")
      .map(parseEvent)
      .find((event) => "grad_norm" in event && event.grad_norm === null);
    expect(lost?.event).toBe("step-end");
  });
});

describe("the train request both languages share", () => {
  it("names the same fields here as in Python", () => {
    const full = JSON.parse(lines("requests.jsonl")[1] ?? "") as Record<string, unknown>;
    expect(Object.keys(full).sort()).toEqual(Object.keys(everyField).sort());
  });

  it("and those of a judge's training too", () => {
    const full = JSON.parse(lines("requests.jsonl")[5] ?? "") as Record<string, unknown>;
    expect(Object.keys(full).sort()).toEqual(Object.keys(everyJudgeField).sort());
  });
});

/** One of each field of TrainRequest: the compiler refuses one that is missing or unknown. */
const everyField: Record<keyof TrainRequest, true> = {
  request: true,
  pairs: true,
  generator: true,
  out: true,
  reference: true,
  reference_policy: true,
  round: true,
  work: true,
  cache: true,
  seed: true,
  threads: true,
  device: true,
  balance: true,
  epochs: true,
  steps: true,
  batch_pairs: true,
  learning_rate: true,
  warmup_share: true,
  weight_decay: true,
  adam_beta1: true,
  adam_beta2: true,
  max_gradient_norm: true,
  beta: true,
  losses: true,
  label_smoothing: true,
  f_divergence: true,
  f_alpha: true,
  discopop_tau: true,
  reduction: true,
  mask_policy: true,
  mask_draws: true,
  mask_stratified: true,
  mask_antithetic: true,
  mask_seed: true,
  mask_lowest_ratio: true,
  mask_scored: true,
  mask_path_share: true,
  mask_shared: true,
  mask_tables: true,
  caption_dropout: true,
  tag_balance: true,
  ema_decay: true,
  micro_pairs: true,
  precision: true,
  recompute_activations: true,
  processes: true,
  sharding: true,
  adapter: true,
  adapter_rank: true,
  adapter_alpha: true,
  adapter_targets: true,
  adapter_start: true,
  adapter_base: true,
  reference_sync_steps: true,
  reference_mixup: true,
  guidance_judge: true,
  guidance_kind: true,
  guidance_coefficient: true,
  guidance_question: true,
  guidance_prompts: true,
  guidance_images: true,
  guidance_draws: true,
  sampler_steps: true,
  sampler_guidance_scale: true,
  sampler_temperature: true,
  held_out_share: true,
  validate_every: true,
  patience: true,
  keep: true,
  divergence_factor: true,
  metrics_every: true,
  sample_every: true,
  sample_prompts: true,
  trackers: true,
  checkpoint_every: true,
  keep_checkpoints: true,
};

const everyJudgeField: Record<keyof JudgeTrainRequest, true> = {
  request: true,
  samples: true,
  generator: true,
  out: true,
  start: true,
  work: true,
  seed: true,
  threads: true,
  device: true,
  steps: true,
  batch: true,
  learning_rate: true,
  warmup_share: true,
  weight_decay: true,
  adam_beta1: true,
  adam_beta2: true,
  max_gradient_norm: true,
  ranking_weight: true,
  reason_weight: true,
  settled: true,
  ema_decay: true,
  image_tokenizer: true,
  questions: true,
  adapter_rank: true,
  adapter_alpha: true,
  checkpoint_every: true,
  keep_checkpoints: true,
};
