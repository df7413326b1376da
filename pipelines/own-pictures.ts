/**
 * A preference set from pictures that anything drew, judged two by two by a model behind an address. Nothing is sampled or trained: its
 * settings are for stages by hand (README, "Pictures of your own"). JUDGE_URL and JUDGE_MODEL say who judges, JUDGE_KEY holds the key where one is needed.
 *
 * What it costs: two calls a comparison. Of 8 pictures a prompt about half of the 28 pairs are compared (docs/results/judges-anywhere.md), and
 * never more than the budget takes.
 */
import { join } from "node:path";
import { definePipeline } from "../src/index.js";

const {
  JUDGE_URL = "http://localhost:8000/v1",
  JUDGE_MODEL = "Qwen/Qwen2.5-VL-7B-Instruct",
  JUDGE_KEY,
} = process.env;

export default definePipeline({
  name: "own-pictures",
  judges: [
    {
      name: "eyes",
      kind: "http",
      url: JUDGE_URL,
      model: JUDGE_MODEL,
      key: JUDGE_KEY === undefined ? null : "JUDGE_KEY",
      questions: join(import.meta.dirname, "../data/questions/which-of-two.json"),
      fallback: "samples",
      samples: 1,
      temperature: 0,
      concurrency: 16,
      // Of a commercial model; a server of your own costs nothing.
      prices: { input: 0.4, output: 1.6 },
      expected: { input: 1600, output: 4 },
      budget: { money: 5 },
    },
  ],
  models: { judge: "eyes" },
  round: {
    labels: { by: "judge", yesFrom: 0.5, noUpTo: 0.5 },
    mining: { policy: "best-versus-worst", pairsPerPrompt: 1, margin: 0.2 },
  },
  rounds: 0,
  // Where the set is used to train the bundled generator, this is how that is measured.
  evaluation: { images: { perTask: 30 }, rows: [{ verifier: { kind: "none" }, checkpoints: "all" }] },
});
