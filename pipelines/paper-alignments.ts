/**
 * The aligned generators of arXiv 2501.13926, table 3: DPO (round 1), iterative DPO (round 2), and iterative DPO with
 * reward guidance by the fine-tuned ORM (round 3) and by PARM (round 4), these three on the same pairs. What a verifier
 * adds to each is in pipelines/paper-tables.ts; `npm run paper-tables` runs both. It took 72 minutes on two busy cores.
 */
import { definePipeline } from "../src/index.js";
import { JUDGES } from "./paper/rows.js";

export default definePipeline({
  name: "paper-alignments",
  // The seed of paper-tables: its plain images are these.
  seed: 17,
  models: { judge: null },
  round: {
    prompts: 896,
    candidates: { perTask: 2400 },
    labels: { by: "detector" },
    mining: { policy: "random-yes-no", pairsPerPrompt: 60 },
    pairsPerTask: 1600,
    reference: "previous",
    // As in pipelines/iterative-dpo.ts.
    training: {
      batchPairs: 128,
      learningRate: 1e-4,
      beta: 0.1,
      masks: { policy: "high-ratio", draws: 1 },
      averageDecay: 0.9,
    },
  },
  rounds: [
    { from: 0 },
    { from: 1 },
    { from: 1, training: { guidance: { judge: JUDGES.fineTuned, question: "outcome" } } },
    { from: 1, training: { guidance: { judge: JUDGES.parm, question: "potential" } } },
  ],
  // As in the paper: whatever a round came to, it has its row.
  gate: { rule: "always-promote" },
  evaluation: {
    images: { perTask: 170 },
    rows: [{ verifier: { kind: "none" } }],
  },
});
