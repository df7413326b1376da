/**
 * Writes docs/results/bundled-models.md, .json and the curves: what each training of the bundled models saw, how long it took, and what
 * it had learned on the way, from the curve.jsonl that `bash scripts/build/models.sh` leaves in the work folders.
 * `npx tsx scripts/studies/bundled-models.ts [--build build] [--out docs/results]`; a training whose work folder is gone is read from the .json.
 */
import "../explain-faults.js";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { toldSvg } from "./bundled-models/curves.js";
import { bundledModelsPage } from "./bundled-models/page.js";
import { type Curve, readCurve } from "./bundled-models/read-curve.js";

/** The trainings by recipe, in their order. */
const TRAININGS = [
  "scenes-base-knowing",
  "scenes-base",
  "scenes-judge-zero-shot",
  "scenes-judge-fine-tuned",
  "scenes-next-token-knowing",
  "scenes-next-token",
];

const { values } = parseArgs({
  options: {
    build: { type: "string", default: "build" },
    out: { type: "string", default: "docs/results" },
  },
});
const kept = join(values.out, "bundled-models.json");
const known: Readonly<Record<string, Curve>> = existsSync(kept)
  ? JSON.parse(readFileSync(kept, "utf8")).trainings
  : {};
const trainings: Record<string, Curve> = {};
for (const name of TRAININGS) {
  const curve = readCurve(join(values.build, `${name}.work`, "curve.jsonl")) ?? known[name];
  if (curve !== undefined) trainings[name] = curve;
}
writeFileSync(kept, `${JSON.stringify({ trainings }, null, 1)}\n`);
writeFileSync(join(values.out, "bundled-models.md"), bundledModelsPage(trainings));
for (const [name, curve] of Object.entries(trainings))
  writeFileSync(join(values.out, `bundled-models-${name}.svg`), await toldSvg(name, curve));
console.log(`${kept}, .md and ${Object.keys(trainings).length} curves`);
