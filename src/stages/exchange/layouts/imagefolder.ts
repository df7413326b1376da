import type { AnyPairRow } from "../../../adapters/arrow/index.js";
import { writeFolderOfLines } from "./folder-of-lines.js";
import { broughtSide, overruledBy, ranksOf, SIDES, statedOf } from "./house-rows.js";
import type { Layout } from "./layout.js";

/**
 * Writes what Hugging Face's imagefolder takes for two images a row (datasets, "Create an image dataset": `*_file_name` becomes an
 * image column of that name): `out/metadata.jsonl` beside `out/images`.
 */
export async function writeImagefolder(out: string, pairs: AsyncIterable<AnyPairRow>): Promise<void> {
  await writeFolderOfLines(out, "metadata.jsonl", pairs, (pair, { chosen, rejected }) => ({
    chosen_file_name: chosen,
    rejected_file_name: rejected,
    prompt: pair.prompt,
    ...statedOf(pair),
  }));
}

export const IMAGEFOLDER: Layout = {
  needs: ["prompt", "chosen_file_name", "rejected_file_name"],
  reads: ["margin", ...SIDES.flatMap((side) => ["id", "score", "seed"].map((name) => `${side}_${name}`))],
  preference: (cells) => {
    const images = SIDES.map((side) => broughtSide(cells.image(`${side}_file_name`), cells, side));
    const ranks = ranksOf(images);
    return { prompt: cells.prompt("prompt"), images, ranks, where: cells.where, ...overruledBy(cells) };
  },
};
