import { readFileSync } from "node:fs";
import { join } from "node:path";
import { tableFromIPC } from "apache-arrow";
import { execa } from "execa";
import { expect, test } from "vitest";
import { type GridSide, type PairFileRow, readPairs, writePairs } from "../../../src/adapters/arrow/index.js";
import { decodePng } from "../../../src/adapters/images/index.js";
import { collect, temporaryFolder } from "./sample.js";

const SAMPLE = "test/contract/pairs.arrow";

test("the committed sample is what the script writes", async () => {
  const file = join(temporaryFolder(), "pairs.arrow");
  await execa(process.execPath, ["--import", "tsx", "scripts/build/pairs-sample.ts", file]);
  const [written, committed] = [file, SAMPLE].map((path) => tableFromIPC(readFileSync(path)));
  expect(written?.schema.metadata).toEqual(committed?.schema.metadata);
  expect(written?.schema.fields.map(String)).toEqual(committed?.schema.fields.map(String));
  const [now, then] = await Promise.all([file, SAMPLE].map((path) => collect(readPairs(path))));
  expect(await comparable(now ?? [])).toEqual(await comparable(then ?? []));
});

test("every column has its feature", () => {
  const { schema } = tableFromIPC(readFileSync(SAMPLE));
  const { features } = JSON.parse(schema.metadata.get("huggingface") ?? "").info;
  expect(Object.keys(features)).toEqual(schema.names);
  expect(features.chosen).toEqual({ _type: "Image" });
  expect(features.text).toEqual({
    feature: { dtype: "uint16", _type: "Value" },
    length: 8,
    _type: "Sequence",
  });
  expect(features.rejected_seed).toEqual({ dtype: "uint32", _type: "Value" });
});

test("pairs come back as they were, images byte for byte", async () => {
  const pairs = await collect(readPairs(SAMPLE));
  expect(pairs).toHaveLength(2);
  const copy = join(temporaryFolder(), "copy.arrow");
  await writePairs(copy, pairs, { tokens: 64, text: 8 });
  expect(await collect(readPairs(copy))).toEqual(pairs);
  expect(readFileSync(copy)).toEqual(readFileSync(SAMPLE));
});

test("pairs of Show-o 512 come back: 1,024 tokens of 8,192 codes, rows of 129 ids up to 58,497", async () => {
  const [pair] = await collect(readPairs(SAMPLE));
  const large = (side: GridSide, first: number): GridSide => ({
    ...side,
    tokens: Uint16Array.from({ length: 1024 }, (_, place) => (first + place * 8) % 8192),
    committedAt: Uint8Array.from({ length: 1024 }, (_, place) => place % 18),
  });
  const { chosen, rejected, ...rest } = pair as PairFileRow;
  const text = Uint16Array.from({ length: 129 }, (_, place) => 58497 - place);
  const row = { ...rest, text, chosen: large(chosen, 8191), rejected: large(rejected, 0) };
  const file = join(temporaryFolder(), "large.arrow");
  await writePairs(file, [row], { tokens: 1024, text: 129 });
  expect(await collect(readPairs(file))).toEqual([row]);
});

/** Pixels in the place of PNG bytes, which depend on the version of the compressor. */
function comparable(pairs: readonly PairFileRow[]) {
  const side = async ({ png, ...rest }: GridSide) => ({ ...rest, pixels: await decodePng(png) });
  return Promise.all(
    pairs.map(async ({ chosen, rejected, ...pair }) => ({
      ...pair,
      chosen: await side(chosen),
      rejected: await side(rejected),
    })),
  );
}
