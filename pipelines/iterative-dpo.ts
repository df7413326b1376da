/**
 * Iterative DPO (arXiv 2501.13926, section 3.3) at the size at which its gain can be told from chance: thousands of
 * pairs, hundreds of updates a round, and 3,000 held-out images a row that decided nothing. At most three hours on two
 * cores; it may be interrupted at any time. Its result is in docs/results/iterative-dpo.json.
 */
import { definePipeline } from "../src/index.js";

export default definePipeline({
  name: "iterative-dpo",
  seed: 7,
  round: {
    prompts: 896,
    candidates: { perPrompt: 12 },
    labels: { by: "detector" },
    mining: { policy: "random-yes-no", pairsPerPrompt: 6 },
    reference: "previous",
    training: {
      steps: 400,
      batchPairs: 32,
      learningRate: 5e-5,
      beta: 0.1,
      masks: { policy: "high-ratio" },
      taskBalance: 0.5,
    },
  },
  rounds: 3,
  gate: { images: { perTask: 150 } },
  evaluation: {
    images: { perTask: 500 },
    rows: [
      { verifier: { kind: "none" }, checkpoints: "all" },
      { verifier: { kind: "orm", n: 8 }, checkpoints: "first-and-last" },
    ],
  },
  results: "docs/results/iterative-dpo.json",
});
