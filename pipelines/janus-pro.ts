/**
 * The paper's experiment (arXiv 2501.13926) on Janus-Pro, a next-token generator: 384 x 384 pixels in 24 rows of 24 codes,
 * guidance 5, N = 20, DPO and iterative DPO, GenEval with Mask2Former and CLIP. The paper's Janus-Pro-7B goes from 0.80 to
 * 0.83 by DPO and to 0.91 with PARM. About 8 GB to fetch for 1B (19 GB for 7B) and a GPU of 24 GB (80 GB) or more; how long it
 * takes was not measured. `espalier doctor --model janus-pro` says what a machine lacks.
 *
 * It departs from the paper in what is trained (a LoRA adapter, where the paper trains all weights) and in who judges: the
 * generator itself, with the side of it that reads pictures. `judge: "ZiyuG/Image-Generation-CoT/parm"` asks the paper's own.
 * PARM asks from row 8 of 24 on: what is above says little yet. To report on GenEval's own prompts, name its
 * evaluation_metadata.jsonl in prompts.heldOut.file.
 */
import { definePipeline } from "../src/index.js";

export default definePipeline({
  name: "janus-pro",
  seed: 1,
  models: {
    family: "janus-pro",
    base: "deepseek-community/Janus-Pro-1B",
    tokenizer: "deepseek-community/Janus-Pro-1B",
    textTokenizer: "deepseek-community/Janus-Pro-1B",
    judge: "self",
  },
  sampler: { steps: 24, guidanceScale: 5, temperature: 1, topK: null, topP: 1, preview: "drawn", slots: 64 },
  prompts: {
    train: { file: "data/prompts/photographs-train.jsonl" },
    heldOut: { file: "data/prompts/photographs-held-out.jsonl", validationShare: 0.2 },
  },
  round: {
    prompts: 1860,
    candidates: { perPrompt: 16 },
    labels: { by: "detector" },
    mining: { policy: "random-yes-no", pairsPerPrompt: 8 },
    reference: "previous",
    training: {
      batchPairs: 10,
      learningRate: 1e-5,
      beta: 0.1,
      weightDecay: 0.01,
      captionDropout: 0.1,
      precision: "bf16",
      recomputeActivations: true,
      adapter: { rank: 64, alpha: 128 },
      checkpointEvery: 200,
    },
  },
  rounds: 2,
  gate: { images: { perTask: 40 } },
  evaluation: {
    images: { perPrompt: 4 },
    rows: [
      { verifier: { kind: "none" }, checkpoints: "all" },
      { verifier: { kind: "orm", n: 20 }, checkpoints: "first" },
      { verifier: { kind: "parm", n: 20, firstStep: 8 }, checkpoints: "first-and-last" },
    ],
  },
});
