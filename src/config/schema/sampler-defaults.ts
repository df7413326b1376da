import type { SamplerSettings } from "../../records/candidate.js";

/** Sampler settings that the bundled generator was measured with (docs/decisions/0003-bundled-models.md). */
export const SAMPLER_DEFAULTS: SamplerSettings = Object.freeze({
  steps: 8,
  guidanceScale: 1,
  temperature: 2,
  schedule: "cosine",
});
