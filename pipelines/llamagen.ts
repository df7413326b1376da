/**
 * The paper's experiment (arXiv 2501.13926) on LlamaGen, a next-token generator: GPT-XL for 256 x 256 pixels in 16 rows of 16
 * codes, guidance 7.5, top-k 1000, captions by FLAN-T5-XL, PARM on LLaVA-OneVision with N = 20, DPO and iterative DPO, GenEval
 * with Mask2Former and CLIP. The paper goes from 0.32 to 0.41 by DPO and to 0.46 with PARM. About 32 GB to fetch, 11 GB of them
 * the text encoder, and a GPU of 48 GB or more; how long it takes was not measured.
 *
 * LlamaGen was released as pickles, which are converted once (docs/models.md): the folders below are where this file expects
 * them. `espalier doctor --model llamagen` says what a machine lacks besides.
 *
 * It departs from the paper in what is trained: a LoRA adapter, where the paper trains all weights (`adapter: null` does).
 * PARM asks from row 6 of 16 on: what is above says little yet. For 512 x 512 pixels name the other weights, and 32 steps.
 */
import { definePipeline } from "../src/index.js";

export default definePipeline({
  name: "llamagen",
  seed: 1,
  models: {
    family: "llamagen",
    base: "./released/llamagen-t2i-xl-256",
    tokenizer: "./released/llamagen-vq-16",
    textTokenizer: "google/flan-t5-xl",
    judge: "ZiyuG/Image-Generation-CoT/parm",
  },
  sampler: {
    steps: 16,
    guidanceScale: 7.5,
    temperature: 1,
    topK: 1000,
    topP: 1,
    preview: "drawn",
    slots: 64,
  },
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
      { verifier: { kind: "parm", n: 20, firstStep: 6 }, checkpoints: "first-and-last" },
    ],
  },
});
