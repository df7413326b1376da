import { fileURLToPath } from "node:url";
import { definePipeline } from "espalier";

// Show-o 256 and PARM as their authors released them: about 25 GB to fetch, a GPU of 48 GB or more.
// What a machine lacks: espalier doctor --model show-o. The paper's whole experiment: espalier run show-o.
export default definePipeline({
  // Names the run in the workspace and in its reports.
  name: "NAME",
  // Every random choice follows from it: the same seed gives the same candidates and pairs.
  seed: 1,

  // Names on the Hub, or folders of yours.
  models: {
    family: "show-o",
    base: "showlab/show-o",
    judge: "ZiyuG/Image-Generation-CoT/parm",
  },
  sampler: { steps: 18, guidanceScale: 1.75, temperature: 1, slots: 64 },

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
