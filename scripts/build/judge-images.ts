/**
 * Makes judge samples of labelled generations: outcome and process of whole images, as their labels say.
 * `npx tsx scripts/build/judge-images.ts --labelled build/images.arrow --out build/judge-images.arrow`
 */
import "../explain-faults.js";
import { parseArgs } from "node:util";
import { type JudgeFileRow, writeJudgeRows } from "../../src/adapters/arrow/index.js";
import { type LabelledRow, readLabelled } from "../../src/adapters/arrow/labelled-file.js";
import { BUNDLED_SETTINGS } from "../../src/families/bundled.js";
import { reasonFlags } from "../../src/records/reasons.js";
import { promptOf } from "../../src/scenes/language/prompt.js";
import { TEXT_LENGTH } from "../../src/scenes/language/vocabulary.js";
import { answersOf } from "../../src/stages/judge-data/label-trajectory.js";

const { values } = parseArgs({
  options: {
    labelled: { type: "string", default: "build/images.arrow" },
    out: { type: "string", default: "build/judge-images.arrow" },
  },
});
const { rows, sha256 } = await writeJudgeRows(values.out, samples(), { tokens: 64, text: TEXT_LENGTH });
console.log(JSON.stringify({ rows, sha256 }));

async function* samples(): AsyncGenerator<JudgeFileRow> {
  for await (const row of readLabelled(values.labelled)) yield sampleOf(row);
}

function sampleOf({ prompt, tag, text, tokens, seed, label }: LabelledRow): JudgeFileRow {
  const { id: promptId } = promptOf(prompt);
  const { steps } = BUNDLED_SETTINGS;
  return {
    ...{ promptId, prompt, tag, text, path: `${promptId}-${seed}`, step: steps, steps, tokens },
    settled: new Uint8Array(tokens.length).fill(1),
    answers: answersOf({ outcome: label === 1, process: label === 1 }),
    reasons: reasonFlags([]),
    written: "",
  };
}
