/** `npx tsx scripts/build/export-samples.ts [folder]` writes a few pairs in every export layout, for the tests of both languages. */
import "../explain-faults.js";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type PairFileRow, readPairs } from "../../src/adapters/arrow/index.js";
import { FORMAT_FACTS, FORMAT_NAMES } from "../../src/config/formats.js";
import { FORMATS } from "../../src/stages/exchange/formats.js";

const SAMPLE = fileURLToPath(new URL("../../test/fixtures/review/pairs.arrow", import.meta.url));
const folder = process.argv[2] ?? fileURLToPath(new URL("../../test/contract/exports", import.meta.url));

/** Three real pairs, the second one made a tie. */
async function* samplePairs(): AsyncGenerator<PairFileRow> {
  let number = 0;
  for await (const pair of readPairs(SAMPLE)) {
    const score = number === 1 ? pair.chosen.score : pair.rejected.score;
    yield { ...pair, margin: pair.chosen.score - score, rejected: { ...pair.rejected, score } };
    number += 1;
    if (number === 3) return;
  }
}

const first = (await samplePairs().next()).value as PairFileRow;
const shape = { tokens: first.chosen.tokens.length, text: first.text.length };
for (const name of FORMAT_NAMES) {
  const { container } = FORMAT_FACTS[name];
  await FORMATS[name].write(
    join(folder, container === "folder" ? name : `${name}${container}`),
    samplePairs(),
    shape,
  );
}
console.log(`${folder}: ${FORMAT_NAMES.join(", ")}`);
