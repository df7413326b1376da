import type { AnyPairRow } from "../../../adapters/arrow/index.js";
import type { BroughtImage } from "../../../records/preference.js";
import { type Cells, idInPath } from "./cells.js";
import { writeFolderOfLines } from "./folder-of-lines.js";
import { ranksOf } from "./house-rows.js";
import type { Layout } from "./layout.js";

/**
 * Writes the rows of verl-omni's prepare_offline_dpo.py (at a1139ba) as `out/train.jsonl` beside `out/images`: all that its
 * OfflineDPODataset reads but the latents and embeddings, which are of the model that it trains.
 */
export async function writeVerlOmni(out: string, pairs: AsyncIterable<AnyPairRow>): Promise<void> {
  await writeFolderOfLines(out, "train.jsonl", pairs, (pair, images, index) => {
    const { id, prompt, chosen, rejected } = pair;
    return {
      uid: id,
      data_source: "espalier",
      prompt: [{ role: "user", content: prompt }],
      negative_prompt: [{ role: "user", content: "" }],
      img_win: images.chosen,
      img_lose: images.rejected,
      win_score: chosen.score,
      lose_score: rejected.score,
      reward_model: { style: "model", ground_truth: prompt },
      extra_info: { index, raw_prompt: prompt, win_seed: chosen.seed, lose_seed: rejected.seed },
    };
  });
}

export const VERL_OMNI: Layout = {
  needs: ["prompt", "img_win", "img_lose"],
  reads: ["win_score", "lose_score", "win_seed", "lose_seed", "extra_info"],
  preference: (cells) => {
    const images = ["win", "lose"].map((name) => imageOf(cells, name));
    return { prompt: promptOf(cells), images, ranks: ranksOf(images), where: cells.where };
  },
};

/** The plain caption where it is kept, else what the user says. */
function promptOf(cells: Cells): string {
  const extra = cells.within("extra_info");
  return extra.has("raw_prompt") ? extra.text("raw_prompt") : cells.prompt("prompt");
}

function imageOf(cells: Cells, name: string): BroughtImage {
  const { bytes, path } = cells.image(`img_${name}`);
  const seeded = [cells, cells.within("extra_info")].find((one) => one.has(`${name}_seed`));
  return {
    bytes,
    ...idInPath(path),
    ...(cells.has(`${name}_score`) ? { score: cells.number(`${name}_score`) } : {}),
    ...(seeded === undefined ? {} : { seed: seeded.seed(`${name}_seed`) }),
  };
}
