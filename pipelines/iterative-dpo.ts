/**
 * Iterative DPO (arXiv 2501.13926, section 3.3) at the size at which its gain can be told from chance: three rounds of
 * 14,400 fresh candidates and up to 9,600 pairs each, and 3,000 held-out images a row that decided nothing. About an
 * hour and a half on two cores; it may be interrupted at any time. It writes docs/results/iterative-dpo.json.
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
    pairsPerTask: 1600,
    reference: "previous",
    training: {
      // One pass over the pairs in large batches: small ones learn the training prompts by heart instead.
      batchPairs: 128,
      learningRate: 1e-4,
      beta: 0.1,
      masks: { policy: "high-ratio", draws: 1 },
      averageDecay: 0.9,
    },
  },
  rounds: 3,
  gate: { images: { perTask: 240 } },
  evaluation: {
    images: { perTask: 500 },
    rows: [{ verifier: { kind: "none" }, checkpoints: "all" }],
  },
  results: "docs/results/iterative-dpo.json",
});
