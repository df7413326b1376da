import { fileURLToPath } from "node:url";
import { definePipeline } from "espalier";

// Whatever is not said here has a default; an unknown name is refused with the nearest known one.
export default definePipeline({
  // Names the run in the workspace and in its reports.
  name: "NAME",
  // Every random choice follows from it: the same seed gives the same candidates and pairs.
  seed: 1,

  prompts: {
    // Plain lines, or GenEval's JSONL. Leave this out for the prompts that come with the project.
    train: { file: fileURLToPath(new URL("prompts.txt", import.meta.url)) },
  },

  // What every round does.
  round: {
    // Training prompts of a round, and candidates sampled for each.
    prompts: 5,
    candidates: { perPrompt: 8 },
    // Which candidates become pairs: the best "yes" against the worst "no".
    mining: { policy: "best-versus-worst" },
    // The frozen model that DPO measures against: "base", "previous" or { fixed: CHECKPOINT }.
    reference: "previous",
    training: { steps: 20, batchPairs: 8, beta: 0.1, losses: { sigmoid: 1 } },
  },
  rounds: 1,

  evaluation: {
    // Held-out images of each task behind every row of the comparison; more make the intervals narrower.
    images: { perTask: 20 },
    rows: [
      { verifier: { kind: "none" } },
      // The judge's favourite of 8 candidates, for the base and for the last round.
      { verifier: { kind: "orm", n: 8 }, checkpoints: "first-and-last" },
    ],
  },
});
