/**
 * The whole method at the size of a coffee break: two rounds of DPO (arXiv 2501.13926, section 3.3, iterative DPO) on
 * the bundled models, with and without PARM at test time. The judge labels, as it would where there is no detector; the
 * detector only grades the table. Six minutes on two cores, without a GPU.
 */
import { definePipeline } from "../src/index.js";

export default definePipeline({
  name: "quickstart",
  seed: 1,
  round: {
    prompts: 200,
    candidates: { perPrompt: 8 },
    labels: { by: "judge", yesFrom: 0.5, noUpTo: 0.5 },
    // As the paper takes a random "yes" and a random "no" of a prompt; here up to six pairs.
    mining: { policy: "random-yes-no", pairsPerPrompt: 6 },
    reference: "previous",
    training: {
      ...{
        steps: 24,
        batchPairs: 64,
        learningRate: 1e-4,
        beta: 0.1,
        masks: { policy: "high-ratio", draws: 1 },
      },
      // Images of the same prompts and seeds while training: the report shows them, two verifiers watch them.
      sampleEvery: 12,
    },
  },
  rounds: 2,
  // Held-out prompts that no row of the table uses decide whether a round is built upon.
  gate: { images: { perTask: 30 } },
  evaluation: {
    // 600 images a row.
    images: { perTask: 100 },
    rows: [
      { verifier: { kind: "none" }, checkpoints: "all" },
      {
        verifier: { kind: "parm", n: 8, clarity: 0.1, potential: 0.99, firstStep: 2, finishAtLeast: 2 },
        checkpoints: "first-and-last",
      },
    ],
  },
  results: "reports/quickstart/summary.json",
});
