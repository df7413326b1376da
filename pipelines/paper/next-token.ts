/**
 * The rows that arXiv 2501.13926 has of next-token generators (LlamaGen 0.32, DPO 0.41, PARM 0.46; Janus-Pro-7B 0.80, 0.83,
 * 0.91) on the bundled one: none, ORM zero-shot, ORM fine-tuned, DPO and PARM, 1,020 held-out images each, N = 20, with
 * intervals. It wants data/models/scenes-next-token, which `bash scripts/build/pretrain.sh` trains; how long it takes was not
 * measured.
 *
 *   npx espalier run pipelines/paper/next-token.ts
 *
 * PARM asks from the third of eight rows on, where something can be told.
 */
import { definePipeline } from "../../src/index.js";
import { JUDGES } from "./rows.js";

const n = 20;

export default definePipeline({
  name: "next-token",
  seed: 17,
  models: { family: "bundled-next-token", judge: null },
  round: {
    prompts: 896,
    candidates: { perTask: 2400 },
    labels: { by: "detector" },
    mining: { policy: "random-yes-no", pairsPerPrompt: 60 },
    pairsPerTask: 1600,
    // As in pipelines/paper-alignments.ts; likelihoods are exact, so there are no masks.
    training: { batchPairs: 128, learningRate: 1e-4, beta: 0.1, averageDecay: 0.9 },
  },
  rounds: 1,
  gate: { rule: "always-promote" },
  evaluation: {
    images: { perTask: 170 },
    compare: "with-first",
    rows: [
      { verifier: { kind: "none" }, checkpoints: "first-and-last" },
      {
        verifier: { kind: "orm", n, judges: [JUDGES.zeroShot] },
        label: "ORM zero-shot, N = 20",
        checkpoints: "first",
      },
      {
        verifier: { kind: "orm", n, judges: [JUDGES.fineTuned] },
        label: "ORM fine-tuned, N = 20",
        checkpoints: "first",
      },
      {
        verifier: {
          ...{ kind: "parm", n, clarity: 0.05, potential: 0.8, finishAtLeast: 8, firstStep: 3 },
          judges: [JUDGES.parm],
        },
        label: "PARM, N = 20",
        checkpoints: "first",
      },
    ],
  },
  results: "docs/results/next-token.json",
  shardImages: 1000,
});
