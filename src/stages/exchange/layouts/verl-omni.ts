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
    const seeds = { win_seed: chosen.seed, lose_seed: rejected.seed };
    return {
      uid: id,
      data_source: "espalier",
      prompt: [{ role: "user", content: prompt }],
      negative_prompt: [{ role: "user", content: "" }],
      img_win: images.chosen,
      img_lose: images.rejected,
      ...scoresOf(pair),
      reward_model: { style: "model", ground_truth: prompt },
      extra_info: { index, raw_prompt: prompt, ...seeds, ...judgedOf(pair) },
    };
  });
}

/** Its data set refuses a winner of the lower score: where people went against the judge, these are the 1 and 0 that it takes without scores. */
function scoresOf(pair: AnyPairRow): { win_score: number; lose_score: number } {
  if (isOverruled(pair)) return { win_score: 1, lose_score: 0 };
  return { win_score: pair.chosen.score, lose_score: pair.rejected.score };
}

/** What the judge said of a pair that people turned round. */
function judgedOf(pair: AnyPairRow): object {
  if (!isOverruled(pair)) return {};
  return { win_judged: pair.chosen.score, lose_judged: pair.rejected.score };
}

function isOverruled({ margin }: AnyPairRow): boolean {
  return margin < 0;
}

const SIDES = ["win", "lose"] as const;

export const VERL_OMNI: Layout = {
  needs: ["prompt", "img_win", "img_lose"],
  reads: ["win_score", "lose_score", "win_seed", "lose_seed", "extra_info"],
  preference: (cells) => {
    const images = SIDES.map((name) => imageOf(cells, name));
    const extra = cells.within("extra_info");
    return {
      ...{ prompt: promptOf(cells), images, ranks: ranksOf(images), where: cells.where },
      ...(SIDES.every((name) => extra.has(`${name}_judged`)) ? { isOverruled: true } : {}),
    };
  },
};

/** The plain caption where it is kept, else what the user says. */
function promptOf(cells: Cells): string {
  const extra = cells.within("extra_info");
  return extra.has("raw_prompt") ? extra.text("raw_prompt") : cells.prompt("prompt");
}

function imageOf(cells: Cells, name: (typeof SIDES)[number]): BroughtImage {
  const { bytes, path } = cells.image(`img_${name}`);
  const extra = cells.within("extra_info");
  const seeded = [cells, extra].find((one) => one.has(`${name}_seed`));
  const scored = cells.has(`${name}_score`) ? cells.number(`${name}_score`) : undefined;
  const score = extra.has(`${name}_judged`) ? extra.number(`${name}_judged`) : scored;
  return {
    bytes,
    ...idInPath(path),
    ...(score === undefined ? {} : { score }),
    ...(seeded === undefined ? {} : { seed: seeded.seed(`${name}_seed`) }),
  };
}
