/**
 * Two rounds over a few dozen images: shows within a minute or two that every stage works on this machine. Its scores
 * mean nothing. The tests run it.
 */
import { definePipeline } from "../src/index.js";

export default definePipeline({
  name: "smoke",
  seed: 1,
  sampler: { steps: 6 },
  round: {
    prompts: 12,
    candidates: { perPrompt: 4 },
    mining: { policy: "random-yes-no", pairsPerPrompt: 2 },
    training: { steps: 6, batchPairs: 4, checkpointEvery: 2, sampleEvery: 3 },
  },
  rounds: 2,
  gate: { images: { perTask: 4 } },
  evaluation: {
    images: { perTask: 6 },
    rows: [
      { verifier: { kind: "none" } },
      { verifier: { kind: "orm", n: 4 }, checkpoints: "first-and-last" },
    ],
    resamples: 1000,
  },
  shardImages: 24,
});
