import { fileURLToPath } from "node:url";
import { definePipeline } from "espalier";

// Janus-Pro 1B as its authors released it, which draws row by row and judges itself: about 8 GB to fetch, a GPU of 24 GB or more.
// What a machine lacks: espalier doctor --model janus-pro. The paper's whole experiment: espalier run janus-pro.
export default definePipeline({
  // Names the run in the workspace and in its reports.
  name: "NAME",
  // Every random choice follows from it: the same seed gives the same candidates and pairs.
  seed: 1,

  // Names on the Hub, or folders of yours. The text and image tokenizers are its own.
  models: {
    family: "janus-pro",
    base: "deepseek-community/Janus-Pro-1B",
    judge: "self",
  },
  sampler: { steps: 24, guidanceScale: 5, temperature: 1, preview: "drawn", slots: 64 },

  prompts: {
    // Plain lines, or GenEval's JSONL.
    train: { file: fileURLToPath(new URL("prompts.txt", import.meta.url)) },
    heldOut: { file: "data/prompts/photographs-held-out.jsonl", validationShare: 0.2 },
  },

  // What every round does.
  round: {
    prompts: 5,
    candidates: { perPrompt: 8 },
    // The judge's P(yes) decides what a pair may be made of.
    labels: { by: "judge", yesFrom: 0.7, noUpTo: 0.3 },
    mining: { policy: "best-versus-worst" },
    reference: "previous",
    // A LoRA adapter; null trains all weights.
    training: { steps: 20, batchPairs: 4, beta: 0.1, adapter: { rank: 16, alpha: 32 } },
  },
  rounds: 1,

  evaluation: {
    images: { perPrompt: 1 },
    rows: [
      { verifier: { kind: "none" } },
      // The judge's favourite of 8 candidates, for the base and for the last round.
      { verifier: { kind: "orm", n: 8 }, checkpoints: "first-and-last" },
    ],
  },
});
