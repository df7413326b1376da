/**
 * The whole method at the size of a coffee break: two rounds of DPO (arXiv 2501.13926, section 3.3, iterative DPO) on
 * the bundled models, with and without a verifier at test time. About ten minutes on two cores, without a GPU.
 *
 * What to expect: the verifier's gain is clear at this size. DPO's is not; pipelines/iterative-dpo.ts shows that.
 */
import { definePipeline } from "../src/index.js";

export default definePipeline({
  name: "quickstart",
  seed: 1,
  round: {
    prompts: 200,
    candidates: { perPrompt: 8 },
    // The paper labels with a detector and takes a random "yes" and a random "no" of a prompt; here up to four pairs.
    labels: { by: "detector" },
    mining: { policy: "random-yes-no", pairsPerPrompt: 4 },
    reference: "previous",
    training: {
      ...{ steps: 60, batchPairs: 32, learningRate: 5e-5, beta: 0.1, masks: { policy: "high-ratio" } },
      // Images of the same prompts and seeds while training: the report shows them, two verifiers watch them.
      sampleEvery: 20,
    },
  },
  rounds: 2,
  // Held-out prompts that no row of the table uses decide whether a round is built upon.
  gate: { images: { perTask: 60 } },
  evaluation: {
    // 1,020 images a row.
    images: { perTask: 170 },
    rows: [
      { verifier: { kind: "none" }, checkpoints: "all" },
      { verifier: { kind: "orm", n: 8 }, checkpoints: "first-and-last" },
    ],
  },
  results: "reports/quickstart/summary.json",
});
