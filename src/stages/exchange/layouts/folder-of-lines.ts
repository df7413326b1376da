import { createWriteStream, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { AnyPairRow, PairSide } from "../../../adapters/arrow/index.js";
import { makeFolder } from "../../../adapters/make-folder.js";
import { imageCell } from "./image-cell.js";

/** The images of a pair, as paths relative to the folder. */
export interface PlacedImages {
  readonly chosen: string;
  readonly rejected: string;
}

/** Writes a line of JSON for each pair into `out/NAME`, and each image once, as it came, into `out/images`. */
export async function writeFolderOfLines(
  out: string,
  name: string,
  pairs: AsyncIterable<AnyPairRow>,
  lineOf: (pair: AnyPairRow, images: PlacedImages, index: number) => object,
): Promise<void> {
  makeFolder(join(out, "images"));
  const lines = async function* () {
    let index = 0;
    for await (const pair of pairs) {
      const images = {
        chosen: await placedImage(pair.chosen, out),
        rejected: await placedImage(pair.rejected, out),
      };
      yield `${JSON.stringify(lineOf(pair, images, index++))}\n`;
    }
  };
  await pipeline(Readable.from(lines()), createWriteStream(join(out, name)));
}

async function placedImage(side: PairSide, out: string): Promise<string> {
  const image = await imageCell(side);
  const path = `images/${image.path}`;
  if (!existsSync(join(out, path))) writeFileSync(join(out, path), image.bytes);
  return path;
}
