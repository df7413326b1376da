/**
 * Pairs per second and peak memory of our training loop against a plain loop that works as the released trainer of
 * arXiv 2501.13926 does, and the share of mask noise left in the gradient. Same model, pairs, batch and threads; the
 * contenders take turns, each in a process of its own; seconds are of processor time. --show-o adds a small Show-o of
 * random weights. The last line is one JSON object. About four minutes of one core, five with --show-o.
 *
 *   npm run bench:training -- [--batch N] [--micro N] [--steps N] [--turns N] [--seeds N] [--threads N] [--show-o]
 */
import "../explain-faults.js";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { pythonCommand } from "../../src/adapters/python/index.js";
import { BUNDLED_MODELS } from "../../src/families/bundled.js";
import { BUNDLED_FAMILY } from "../../src/families/bundled-family.js";
import { encodePrompt } from "../../src/scenes/language/vocabulary.js";

const CAPTIONS = 64;

const prompts = await BUNDLED_FAMILY.readPrompts("data/prompts/train.jsonl");
const every = Math.ceil(prompts.length / CAPTIONS);
const captions = prompts.filter((_, index) => index % every === 0).map(({ text }) => [...encodePrompt(text)]);
const models = [
  "generator=scenes-base",
  "tokenizer=scenes-tokenizer",
  "judge=scenes-judge-fine-tuned",
].flatMap((entry) => {
  const [role, name] = entry.split("=") as [string, string];
  return [`--${role}`, join(BUNDLED_MODELS, name)];
});
execFileSync(
  pythonCommand(),
  ["-m", "espalier_torch.benchmark.training", ...models, ...process.argv.slice(2)],
  { input: JSON.stringify(captions), stdio: ["pipe", "inherit", "inherit"] },
);
