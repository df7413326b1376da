/** `npx tsx scripts/build/pairs-sample.ts [file]` writes the pairs file that both languages' tests read. */
import "../explain-faults.js";
import { fileURLToPath } from "node:url";
import { type GridSide, type PairFileRow, writePairs } from "../../src/adapters/arrow/index.js";
import { encodePng } from "../../src/adapters/images/index.js";
import { pairId } from "../../src/adapters/store/index.js";

const TOKENS = 64;
const TEXT = 8;
const SIZE = 64;

/** Two made-up pairs: plain colours, so that a test can tell which image it sees. */
async function samplePairs(): Promise<PairFileRow[]> {
  return [
    await samplePair("a photo of a red circle", "colors", [220, 40, 40], [40, 40, 220], 7),
    await samplePair("three green stars", "", [40, 200, 40], [240, 200, 40], 4294967295),
  ];
}

type Color = readonly [red: number, green: number, blue: number];

async function samplePair(
  prompt: string,
  tag: string,
  good: Color,
  bad: Color,
  seed: number,
): Promise<PairFileRow> {
  const chosen = await sampleSide(good, seed, 0.9375);
  const rejected = await sampleSide(bad, seed - 1, 0.125);
  const text = Uint16Array.from({ length: TEXT }, (_, index) => (index < 3 ? index + 1 : 0));
  return { id: pairId(chosen.id, rejected.id), prompt, tag, text, margin: 0.8125, chosen, rejected };
}

async function sampleSide(color: Color, seed: number, score: number): Promise<GridSide> {
  const data = Uint8Array.from({ length: SIZE * SIZE * 3 }, (_, index) => color[index % 3] ?? 0);
  return {
    id: seed.toString(16).padStart(24, "0"),
    seed,
    score,
    tokens: Uint16Array.from({ length: TOKENS }, (_, index) => (index * 16 + (seed % 16)) % 1024),
    committedAt: Uint8Array.from({ length: TOKENS }, (_, index) => index % 12),
    png: await encodePng({ width: SIZE, height: SIZE, data }),
  };
}

const file = process.argv[2] ?? fileURLToPath(new URL("../../test/contract/pairs.arrow", import.meta.url));
const { sha256, rows } = await writePairs(file, await samplePairs(), { tokens: TOKENS, text: TEXT });
console.log(`${file}: ${rows} pairs, sha256 ${sha256}`);
