/**
 * One round of the method, small enough to watch: `espalier quickstart` runs it. Candidates of a hundred prompts, pairs, a
 * training, and a table of the base, the judge's favourite of four, and what was trained. Two minutes on two cores.
 *
 * What to expect: the verifier's gain is clear at this size. DPO's is not; pipelines/quickstart.ts shows that.
 */
import { definePipeline } from "../src/index.js";

export default definePipeline({
  name: "first-round",
  seed: 1,
  round: {
    prompts: 100,
    candidates: { perPrompt: 4 },
    labels: { by: "detector" },
    mining: { policy: "random-yes-no", pairsPerPrompt: 4 },
    reference: "previous",
    training: { steps: 12, batchPairs: 24, learningRate: 1e-4, beta: 0.1, masks: { policy: "high-ratio" } },
  },
  rounds: 1,
  // As there is one round alone, nothing is built upon it.
  gate: { rule: "always-promote" },
  evaluation: {
    // 180 images a row.
    images: { perTask: 30 },
    rows: [
      { verifier: { kind: "none" }, checkpoints: "all" },
      { verifier: { kind: "orm", n: 4 }, checkpoints: "first" },
    ],
  },
});
