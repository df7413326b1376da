import type { ModelsConfig } from "./models.js";

/** The released samplers' settings. */
export const SHOW_O_SAMPLER = Object.freeze({ steps: 18, guidanceScale: 1.75, temperature: 1, slots: 16 });
const LLAMAGEN_SAMPLER = { steps: 16, guidanceScale: 7.5, temperature: 1, topK: 1000, topP: 1, slots: 16 };
const JANUS_PRO_SAMPLER = { steps: 24, guidanceScale: 5, temperature: 1, topK: null, topP: 1, slots: 16 };

const DENOISING_SAMPLER = {
  steps: 30,
  guidanceScale: 5,
  temperature: 0,
  width: null,
  height: null,
  slots: 8,
};

/** All weights of a billion parameters are rarely trained. */
const ADAPTED = { round: { training: { adapter: {}, device: "auto" } }, execution: { gpus: 1 } };

/** What a family changes of a pipeline's other defaults. */
export const FAMILY_DEFAULTS: Readonly<
  Record<
    ModelsConfig["family"],
    { readonly sampler: object; readonly round: object; readonly execution: object }
  >
> = {
  bundled: { sampler: {}, round: {}, execution: {} },
  "bundled-next-token": {
    sampler: { steps: 8, guidanceScale: 2, temperature: 1, topK: null, topP: 1, preview: "drawn" },
    round: {},
    execution: {},
  },
  "show-o": { sampler: SHOW_O_SAMPLER, ...ADAPTED },
  llamagen: { sampler: { ...LLAMAGEN_SAMPLER, preview: "drawn" }, ...ADAPTED },
  "janus-pro": { sampler: { ...JANUS_PRO_SAMPLER, preview: "drawn" }, ...ADAPTED },
  python: {
    sampler: { ...DENOISING_SAMPLER, guidanceScale: 1, scheduler: "pipeline" },
    round: {},
    execution: {},
  },
  diffusers: { sampler: { ...DENOISING_SAMPLER, scheduler: "pipeline" }, ...ADAPTED },
};
