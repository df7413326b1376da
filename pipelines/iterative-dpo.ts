/**
 * Iterative DPO (arXiv 2501.13926, section 3.3) at the size at which its gain can be told from chance: thousands of
 * pairs, hundreds of updates a round, and 3,000 held-out images a row that decided nothing. At most three hours on two
 * cores; it may be interrupted at any time. It writes docs/results/iterative-dpo.json.
 */
import { definePipeline } from "../src/index.js";

export default definePipeline({
  name: "iterative-dpo",
  seed: 7,
  round: {
    prompts: 896,
    // The small tasks have few prompts: theirs get more candidates each.
    candidates: { perTask: 2400 },
    labels: { by: "detector" },
    mining: { policy: "random-yes-no", pairsPerPrompt: 60 },
    pairsPerTask: 1200,
    reference: "previous",
    training: {
      steps: 400,
      batchPairs: 32,
      learningRate: 1e-4,
      beta: 0.1,
      masks: { policy: "high-ratio" },
      averageDecay: 0.98,
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
