import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { AnyPairRow } from "../../../adapters/arrow/index.js";
import { makeFolder } from "../../../adapters/make-folder.js";
import type { BroughtImage } from "../../../records/preference.js";
import { type Cells, idInPath } from "./cells.js";
import { placedImage } from "./json-lines.js";
import type { Layout } from "./layout.js";

/**
 * Writes the rows of verl-omni's prepare_offline_dpo.py (at a1139ba) as `out/train.jsonl` beside `out/images`: all but the
 * latents and embeddings, which are of the model that it trains.
 */
export async function writeVerlOmni(out: string, pairs: AsyncIterable<AnyPairRow>): Promise<void> {
  makeFolder(join(out, "images"));
  const lines = async function* () {
    let index = 0;
    for await (const pair of pairs) yield `${JSON.stringify(await rowOf(pair, index++, out))}\n`;
  };
  await pipeline(Readable.from(lines()), createWriteStream(join(out, "train.jsonl")));
}

async function rowOf({ prompt, chosen, rejected }: AnyPairRow, index: number, out: string): Promise<object> {
  return {
    data_source: "espalier",
    prompt: [{ role: "user", content: prompt }],
    negative_prompt: [{ role: "user", content: "" }],
    img_win: await placedImage(chosen, out),
    img_lose: await placedImage(rejected, out),
    win_score: chosen.score,
    lose_score: rejected.score,
    reward_model: { style: "model", ground_truth: prompt },
    extra_info: { index, raw_prompt: prompt, win_seed: chosen.seed, lose_seed: rejected.seed },
  };
}

export const VERL_OMNI: Layout = {
  needs: ["prompt", "img_win", "img_lose"],
  reads: ["win_score", "lose_score", "win_seed", "lose_seed", "extra_info"],
  preference: (cells) => {
    const images = ["win", "lose"].map((name) => imageOf(cells, name));
    const [win, lose] = images.map(({ score }) => score);
    const tie = win !== undefined && win === lose;
    return { prompt: promptOf(cells), images, ranks: tie ? [0, 0] : [0, 1], where: cells.where };
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
