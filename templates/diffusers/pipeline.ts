import { fileURLToPath } from "node:url";
import { definePipeline } from "espalier";

// Preference data from a pipeline of diffusers: candidates are drawn, judged and paired here, and exported for whatever trains on them.
// Fetch one first, in safetensors: hf download stable-diffusion-v1-5/stable-diffusion-v1-5 --local-dir generator
//   espalier generate prompts.txt --count 8 --pipeline pipeline.ts     what it draws, as candidates
//   espalier score CANDIDATES --pipeline pipeline.ts                   PickScore of each
//   espalier pair CANDIDATES --pipeline pipeline.ts                    the best of a prompt and the runner-up
//   espalier export PAIRS --format diffusers-dpo --out pairs           for diffusers' own scripts; other layouts: --help
export default definePipeline({
  // Names what is kept in the workspace.
  name: "NAME",
  // Every random choice follows from it: the same seed gives the same candidates and pairs.
  seed: 1,

  models: {
    family: "diffusers",
    // A folder as save_pretrained writes it: Stable Diffusion 1 to 3, SDXL or FLUX.1.
    base: fileURLToPath(new URL("generator", import.meta.url)),
    // A reward model or a vision-language model of the Hub, or one of `judges` (docs/judges.md).
    judge: "yuvalkirstain/PickScore_v1",
  },
  // "pipeline" is the folder's own scheduler; Stable Diffusion 1.5 has one that is not offered.
  sampler: { steps: 30, guidanceScale: 5, scheduler: "dpm-solver++", slots: 8 },

  prompts: {
    train: { file: fileURLToPath(new URL("prompts.txt", import.meta.url)) },
    heldOut: { file: "data/prompts/photographs-held-out.jsonl" },
  },

  round: {
    candidates: { perPrompt: 8 },
    // PickScore ranks the pictures of a prompt and knows no yes: all are, and the best makes a pair with the runner-up.
    labels: { by: "judge", yesFrom: 0, noUpTo: 0 },
    mining: { policy: "best-versus-second" },
  },
  rounds: 0,

  evaluation: {
    images: { perPrompt: 1 },
    rows: [
      { verifier: { kind: "none" } },
      // The judge's favourite of 8 noises.
      { verifier: { kind: "orm", n: 8 } },
    ],
  },
});
