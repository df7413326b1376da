import { createWriteStream, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { AnyPairRow, PairSide } from "../../../adapters/arrow/index.js";
import { makeFolder } from "../../../adapters/make-folder.js";
import { isTie } from "./house-rows.js";
import { imageCell } from "./image-cell.js";

/** Writes `out/pairs.jsonl` and each image once in `out/images`; paths are relative to `out`. */
export async function writeJsonLines(out: string, pairs: AsyncIterable<AnyPairRow>): Promise<void> {
  makeFolder(join(out, "images"));
  const lines = async function* () {
    for await (const pair of pairs) yield `${JSON.stringify(await lineOf(pair, out))}\n`;
  };
  await pipeline(Readable.from(lines()), createWriteStream(join(out, "pairs.jsonl")));
}

async function lineOf(pair: AnyPairRow, out: string): Promise<object> {
  const [chosen, rejected] = [await placedImage(pair.chosen, out), await placedImage(pair.rejected, out)];
  if (isTie(pair)) return { prompt: pair.prompt, images: [chosen, rejected], ranks: [1, 1] };
  return { prompt: pair.prompt, chosen, rejected };
}

/** Puts an image into `out/images`, once, and returns its path relative to `out`. */
export async function placedImage(side: PairSide, out: string): Promise<string> {
  const image = await imageCell(side);
  const path = `images/${image.path}`;
  if (!existsSync(join(out, path))) writeFileSync(join(out, path), image.bytes);
  return path;
}
