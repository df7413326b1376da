import { createWriteStream, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { PairFileRow, PairSide } from "../../../adapters/arrow/index.js";
import { imageEnding } from "../../../adapters/images/index.js";
import { makeFolder } from "../../../adapters/make-folder.js";
import { isTie } from "./house-rows.js";

/** Writes `out/pairs.jsonl` and each image once in `out/images`; paths are relative to `out`. */
export async function writeJsonLines(out: string, pairs: AsyncIterable<PairFileRow>): Promise<void> {
  makeFolder(join(out, "images"));
  const lines = async function* () {
    for await (const pair of pairs) yield `${JSON.stringify(lineOf(pair, out))}\n`;
  };
  await pipeline(Readable.from(lines()), createWriteStream(join(out, "pairs.jsonl")));
}

function lineOf(pair: PairFileRow, out: string): object {
  const [chosen, rejected] = [pair.chosen, pair.rejected].map((side) => placedImage(side, out));
  if (isTie(pair)) return { prompt: pair.prompt, images: [chosen, rejected], ranks: [1, 1] };
  return { prompt: pair.prompt, chosen, rejected };
}

/** Puts an image into `out/images`, once, and returns its path relative to `out`. */
export function placedImage({ id, png }: PairSide, out: string): string {
  const path = `images/${id}.${imageEnding(png)}`;
  if (!existsSync(join(out, path))) writeFileSync(join(out, path), png);
  return path;
}
