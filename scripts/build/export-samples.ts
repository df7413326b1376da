/** `npx tsx scripts/build/export-samples.ts [folder]` writes a few pairs in every export layout, for the tests of both languages. */
import "../explain-faults.js";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type AnyPairRow,
  type PairFileRow,
  type PairShape,
  type PictureSide,
  readPairs,
} from "../../src/adapters/arrow/index.js";
import { FORMAT_FACTS, FORMAT_NAMES } from "../../src/config/formats.js";
import { FORMATS } from "../../src/stages/exchange/formats.js";

const SAMPLE = fileURLToPath(new URL("../../test/fixtures/review/pairs.arrow", import.meta.url));
const PICTURES = fileURLToPath(new URL("../../test/fixtures/exchange/pictures", import.meta.url));
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

/** Pairs of pictures of any size and format: the third is a tie, people turned the last one round, and what is worse has no seed. */
async function* picturePairs(): AsyncGenerator<AnyPairRow> {
  const pairs = [
    ["a photo of a cat", "wide.png", "tall.jpg", 0.25],
    ["ein Fuchs im Schnee,\nvon hinten", "square.webp", "wide.png", 0.5],
    ["a red cup", "tall.jpg", "square.webp", 0.75],
    ["two red cups", "tall.jpg", "wide.png", 0.875],
  ] as const;
  for (const [index, [prompt, chosen, rejected, worse]] of pairs.entries()) {
    const id = index.toString(16).padStart(24, "a");
    const sides = {
      chosen: pictureSide(chosen, 0.75, 7 + index),
      rejected: pictureSide(rejected, worse, null),
    };
    yield { id, prompt, tag: "", text: new Uint16Array(), margin: 0.75 - worse, ...sides };
  }
}

function pictureSide(file: string, score: number, seed: number | null): PictureSide {
  const bytes = readFileSync(join(PICTURES, file));
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const picture = { sha256, path: "" };
  return { id: sha256.slice(0, 24), seed, score, picture, metadata: { file }, encoded: async () => bytes };
}

async function writeAll(to: string, pairs: () => AsyncIterable<AnyPairRow>, shape: PairShape): Promise<void> {
  for (const name of FORMAT_NAMES) {
    const { container } = FORMAT_FACTS[name];
    await FORMATS[name].write(
      join(to, container === "folder" ? name : `${name}${container}`),
      pairs(),
      shape,
    );
  }
}

const first = (await samplePairs().next()).value as PairFileRow;
await writeAll(folder, samplePairs, { tokens: first.chosen.tokens.length, text: first.text.length });
await writeAll(join(folder, "pictures"), picturePairs, { pictures: "held" });
console.log(`${folder}: ${FORMAT_NAMES.join(", ")}`);
