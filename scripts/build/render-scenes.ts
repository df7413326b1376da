/**
 * Renders scenes of the bundled domain with true and false captions:
 * `npx tsx scripts/build/render-scenes.ts --count 100000 --seed 1 --out build/scenes.arrow`. To learn from, unless `--prompts` names a set that training does
 * not see: "validation" or "evaluation", the two parts of the held-out prompts.
 */
import "../explain-faults.js";
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { writeTrainingScenes } from "../../src/adapters/arrow/training-scenes.js";
import { heldOutPart } from "../../src/families/false-captions.js";
import { sceneReasonBits } from "../../src/families/scene-truth.js";
import { FALSEHOODS } from "../../src/scenes/language/falsehoods.js";
import { trainingRows } from "../../src/scenes/training-rows.js";

const { values } = parseArgs({
  options: {
    count: { type: "string" },
    seed: { type: "string" },
    prompts: { type: "string", default: "training" },
    out: { type: "string" },
  },
});
const { prompts: part, out } = values;
const [count, seed] = [Number(values.count), Number(values.seed)];
const isKnown = part === "training" || part === "validation" || part === "evaluation";
if (!Number.isInteger(count) || count < 1 || !Number.isInteger(seed) || out === undefined || !isKnown) {
  console.error(
    "Expected --count N (1 or more) --seed INTEGER --out FILE, and --prompts training, validation or evaluation.",
  );
  process.exitCode = 2;
} else {
  const started = performance.now();
  mkdirSync(dirname(out), { recursive: true });
  const prompts = part === "training" ? {} : { prompts: heldOutPart(part) };
  const rows = await writeTrainingScenes(
    trainingRows({ count, seed, ...prompts }, sceneReasonBits),
    out,
    FALSEHOODS,
  );
  const milliseconds = (performance.now() - started) / rows;
  console.log(`${rows} scenes in ${out}, ${milliseconds.toFixed(2)} ms a scene`);
}
