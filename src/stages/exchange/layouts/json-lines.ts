import type { AnyPairRow } from "../../../adapters/arrow/index.js";
import { writeFolderOfLines } from "./folder-of-lines.js";
import { isTie } from "./house-rows.js";

/** Writes `out/pairs.jsonl` beside `out/images`. */
export async function writeJsonLines(out: string, pairs: AsyncIterable<AnyPairRow>): Promise<void> {
  await writeFolderOfLines(out, "pairs.jsonl", pairs, (pair, { chosen, rejected }) => {
    if (isTie(pair)) return { prompt: pair.prompt, images: [chosen, rejected], ranks: [1, 1] };
    return { prompt: pair.prompt, chosen, rejected };
  });
}
