/**
 * Makes self-correction groups (wrong image, reasons, right image) from labelled generations.
 * `npx tsx scripts/build/correction-groups.ts --labelled build/labelled.arrow --good repaired --out build/corrections.arrow`
 * The right image is the wrong one with as few objects changed as it takes (`repaired`, several times, checked by the
 * detector) or the right image of the same search that has most tokens in common (`nearest`).
 */
import "../explain-faults.js";
import { parseArgs } from "node:util";
import { type CorrectionRow, writeCorrections } from "../../src/adapters/arrow/correction-file.js";
import { type LabelledRow, readLabelled } from "../../src/adapters/arrow/labelled-file.js";
import { OnnxEncoder } from "../../src/adapters/onnx/encoder.js";
import { BUNDLED_MODELS, openBundledDecoder, openBundledDetector } from "../../src/families/bundled.js";
import { evaluateImage } from "../../src/geneval/evaluate.js";
import { reasonsOf } from "../../src/geneval/reasons.js";
import type { Detection } from "../../src/records/detection.js";
import type { Pixels } from "../../src/records/image.js";
import type { PromptMetadata } from "../../src/records/prompt.js";
import { reasonFlags } from "../../src/records/reasons.js";
import { renderScene } from "../../src/scenes/drawing/render.js";
import { promptOf } from "../../src/scenes/language/prompt.js";
import { TEXT_LENGTH } from "../../src/scenes/language/vocabulary.js";
import { createRandom } from "../../src/scenes/random.js";
import { readScene, repairScene, spliceRepair } from "../../src/scenes/repair.js";

const { values } = parseArgs({
  options: {
    labelled: { type: "string", default: "build/labelled.arrow" },
    good: { type: "string", default: "repaired" },
    repairs: { type: "string", default: "3" },
    threads: { type: "string" },
    out: { type: "string", default: "build/corrections.arrow" },
  },
});
const { threads } = values;
const options = threads === undefined ? {} : { threads: Number(threads) };
const decoder = await openBundledDecoder(undefined, options);
const encoder = await OnnxEncoder.open(`${BUNDLED_MODELS}/scenes-tokenizer`, options);
const detector = openBundledDetector();
const tally = { wrong: 0, groups: 0, changed: 0 };

await writeCorrections(values.out, groups(), { tokens: 64, words: TEXT_LENGTH });
const { wrong, groups: written, changed } = tally;
console.log(JSON.stringify({ wrong, groups: written, tokens_changed: changed / written }));
await Promise.all([decoder.close(), encoder.close()]);

async function* groups(): AsyncGenerator<CorrectionRow> {
  for await (const search of searches()) {
    for (const bad of search.filter(({ label }) => label === 0)) {
      const { prompt, tag, text, tokens } = bad;
      const shown = await look(tokens, prompt);
      const goods = values.good === "nearest" ? nearest(bad, search) : await repaired(bad, shown);
      tally.wrong += 1;
      for (const good of goods) {
        tally.groups += 1;
        tally.changed += good.filter((token, at) => token !== tokens[at]).length;
        yield { prompt, tag, text, bad_tokens: tokens, good_tokens: good, reasons: shown.reasons };
      }
    }
  }
}

/** The images of one search at a time. */
async function* searches(): AsyncGenerator<LabelledRow[]> {
  let search: LabelledRow[] = [];
  for await (const row of readLabelled(values.labelled)) {
    if (search.length > 0 && search[0]?.prompt_index !== row.prompt_index) {
      yield search;
      search = [];
    }
    search.push(row);
  }
  if (search.length > 0) yield search;
}

/** An image's pixels, whether it is right, and what is wrong with it. */
async function look(tokens: Uint16Array, prompt: string) {
  const [pixels] = (await decoder.decode([tokens])) as [Pixels];
  const [found] = (await detector.detect([pixels])) as [Detection[]];
  const { correct, faults } = evaluateImage(found, metadataOf(prompt));
  return { pixels, correct, reasons: reasonFlags(reasonsOf(faults)) };
}

/** The right image of a search that has most tokens in common with a wrong one, if there is any. */
function nearest(bad: LabelledRow, search: readonly LabelledRow[]): Uint16Array[] {
  const common = ({ tokens }: LabelledRow) => tokens.filter((token, at) => token === bad.tokens[at]).length;
  const right = search.filter(({ label }) => label === 1);
  return right
    .sort((one, other) => common(other) - common(one))
    .slice(0, 1)
    .map(({ tokens }) => tokens);
}

/** Repairs that the detector finds right; none when the image cannot be read as a scene. */
async function repaired({ prompt, tokens, seed }: LabelledRow, { pixels }: { pixels: Pixels }) {
  const scene = readScene(pixels);
  const random = createRandom(seed);
  const goods: Uint16Array[] = [];
  for (let count = 0; scene !== undefined && count < Number(values.repairs); count++) {
    const after = repairScene(scene, metadataOf(prompt), random);
    if (after === undefined) continue;
    const [drawn] = (await encoder.encode([renderScene(after, random.bits())])) as [Uint16Array];
    const good = spliceRepair({ scene, tokens }, pixels, { scene: after, tokens: drawn });
    if ((await look(good, prompt)).correct) goods.push(good);
  }
  return goods;
}

function metadataOf(prompt: string): PromptMetadata {
  return promptOf(prompt).metadata as PromptMetadata;
}
