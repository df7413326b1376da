/** Renders training scenes of the bundled domain: `npx tsx scripts/render-scenes.ts --count 100000 --seed 1 --out build/scenes.arrow`. */
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { writeTrainingScenes } from "../src/adapters/arrow/training-scenes.js";
import { trainingRows } from "../src/adapters/scenes/training-rows.js";

const { values } = parseArgs({
  options: { count: { type: "string" }, seed: { type: "string" }, out: { type: "string" } },
});
const [count, seed] = [Number(values.count), Number(values.seed)];
if (!Number.isInteger(count) || count < 1 || !Number.isInteger(seed) || values.out === undefined) {
  console.error("Expected --count N (1 or more) --seed INTEGER --out FILE.");
  process.exitCode = 2;
} else {
  const started = performance.now();
  mkdirSync(dirname(values.out), { recursive: true });
  const rows = await writeTrainingScenes(trainingRows({ count, seed }), values.out);
  const milliseconds = (performance.now() - started) / rows;
  console.log(`${rows} scenes in ${values.out}, ${milliseconds.toFixed(2)} ms a scene`);
}
