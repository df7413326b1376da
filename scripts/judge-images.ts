/**
 * Makes judge samples of labelled generations: outcome, process and reflection of whole images, with the detector's reasons.
 * `npx tsx scripts/judge-images.ts --labelled build/images.arrow --out build/judge-images.arrow`
 */
import { parseArgs } from "node:util";
import { type JudgeFileRow, writeJudgeRows } from "../src/adapters/arrow/index.js";
import { type LabelledRow, readLabelled } from "../src/adapters/arrow/labelled-file.js";
import { promptOf } from "../src/adapters/scenes/read-prompts.js";
import { encodePrompt, TEXT_LENGTH } from "../src/adapters/scenes/vocabulary.js";
import { BUNDLED_SETTINGS, openBundledDecoder, openBundledDetector } from "../src/families/bundled.js";
import type { Detection } from "../src/records/detection.js";
import { labelWhole } from "../src/stages/judge-data/label-trajectory.js";

const { values } = parseArgs({
  options: {
    labelled: { type: "string", default: "build/images.arrow" },
    threads: { type: "string" },
    out: { type: "string", default: "build/judge-images.arrow" },
  },
});
const CHUNK = 64;
const decoder = await openBundledDecoder(
  undefined,
  values.threads === undefined ? {} : { threads: Number(values.threads) },
);
const detector = openBundledDetector();
const shape = { tokens: 64, text: TEXT_LENGTH };
const { rows, sha256 } = await writeJudgeRows(values.out, labelled(), shape);
console.log(JSON.stringify({ rows, sha256 }));
await decoder.close();

async function* labelled(): AsyncGenerator<JudgeFileRow> {
  let chunk: LabelledRow[] = [];
  for await (const row of readLabelled(values.labelled)) {
    chunk.push(row);
    if (chunk.length === CHUNK) yield* await look(chunk);
    if (chunk.length === CHUNK) chunk = [];
  }
  yield* await look(chunk);
}

async function look(images: readonly LabelledRow[]): Promise<JudgeFileRow[]> {
  const seen = await detector.detect(await decoder.decode(images.map(({ tokens }) => tokens)));
  return images.map((image, index) => rowOf(image, seen[index] as Detection[]));
}

function rowOf(
  { prompt: text, tokens, committed_at, seed }: LabelledRow,
  seen: readonly Detection[],
): JudgeFileRow {
  const prompt = promptOf(text);
  const { id: promptId, metadata } = prompt;
  if (metadata === undefined) throw new Error(`No metadata for "${text}"`);
  const { steps } = BUNDLED_SETTINGS;
  const candidate = {
    ...{ id: `${promptId}-${seed}`, promptId, checkpoint: "", seed, tokens, steps, reason: "" },
    ...{ committedAt: committed_at, settings: BUNDLED_SETTINGS, status: "finished" as const },
  };
  return labelWhole({ ...prompt, metadata, encoded: encodePrompt(text) }, candidate, seen);
}
