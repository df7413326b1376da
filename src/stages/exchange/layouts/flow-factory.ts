import type { AnyPairRow } from "../../../adapters/arrow/index.js";
import { writeFolderOfLines } from "./folder-of-lines.js";
import { broughtSide, overruledBy, SIDES, statedOf, withoutTies } from "./house-rows.js";
import type { Layout } from "./layout.js";

/**
 * Writes Flow-Factory's offline records, version 2, for its trainer offline-dpo (X-GenGroup/Flow-Factory at 442134e,
 * data_utils/schema.py and guidance/datasets.md): `out/train.jsonl` beside `out/images`. It knows no ties.
 */
export async function writeFlowFactory(out: string, pairs: AsyncIterable<AnyPairRow>): Promise<void> {
  await writeFolderOfLines(out, "train.jsonl", withoutTies(pairs), (pair, { chosen, rejected }) => ({
    schema_version: 2,
    input: { prompt: pair.prompt, media: [] },
    supervision: { type: "preference", chosen: candidate(chosen), rejected: candidate(rejected) },
    metadata: statedOf(pair),
  }));
}

function candidate(path: string): object {
  return { media: [{ type: "image", path }] };
}

export const FLOW_FACTORY: Layout = {
  needs: ["schema_version", "input", "supervision"],
  reads: ["metadata"],
  preference: (cells) => {
    const supervision = cells.within("supervision");
    if (supervision.text("type") !== "preference") return { leftOut: "record without a preference" };
    const input = cells.within("input");
    if (input.has("media") && input.entries("media").length > 0)
      return { leftOut: "record whose model is given images as well" };
    const metadata = cells.within("metadata");
    const images = SIDES.map((side) =>
      broughtSide(supervision.within(side).onlyImage("media"), metadata, side),
    );
    return {
      ...{ prompt: input.text("prompt"), images, ranks: [0, 1], where: cells.where },
      ...overruledBy(metadata),
    };
  },
};
