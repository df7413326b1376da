import { join } from "node:path";
import type { AnyPairRow } from "../../../adapters/arrow/index.js";
import { encodedSide } from "../../../adapters/arrow/index.js";
import { type Member, writeTarShards } from "../../../adapters/tar/index.js";
import { broughtSide, overruledBy, statedOf, withoutTies } from "./house-rows.js";
import type { Layout } from "./layout.js";

/** What readers are told to expect of a shard (WebDataset, "Creating a WebDataset"). */
const SHARD_BYTES = 2 ** 30;

/**
 * Writes WebDataset shards `out/pairs-000000.tar`, with the members that diffusers' train_diffusion_orpo_sdxl_lora_wds.py asks for
 * (research_projects/diffusion_orpo at 071190d), and `json` with ids, scores, margin and seeds. The chosen image is the first: that script compares
 * labels with numbers that WebDataset hands on as texts, and so never swaps. Images are called jpg whatever they are: the script names them so,
 * `datasets` wants the same members in every sample, and both look at the bytes.
 */
export async function writeWebdataset(out: string, pairs: AsyncIterable<AnyPairRow>): Promise<void> {
  const fileOf = (shard: number) => join(out, `pairs-${String(shard).padStart(6, "0")}.tar`);
  await writeTarShards(fileOf, samplesOf(withoutTies(pairs)), SHARD_BYTES);
}

async function* samplesOf(pairs: AsyncIterable<AnyPairRow>): AsyncGenerator<Member[]> {
  for await (const pair of pairs) {
    const member = (field: string, content: string | Uint8Array): Member => ({
      name: `${pair.id}.${field}`,
      bytes: typeof content === "string" ? Buffer.from(content) : content,
    });
    yield [
      member("original_prompt.txt", pair.prompt),
      member("jpg_0.jpg", await encodedSide(pair.chosen)),
      member("jpg_1.jpg", await encodedSide(pair.rejected)),
      member("label_0.txt", "1"),
      member("label_1.txt", "0"),
      member("json", JSON.stringify(statedOf(pair))),
    ];
  }
}

export const WEBDATASET: Layout = {
  needs: ["original_prompt.txt", "jpg_0.jpg", "jpg_1.jpg", "label_0.txt"],
  reads: ["json"],
  preference: (cells) => {
    const label = Number(cells.text("label_0.txt"));
    if (![0, 0.5, 1].includes(label))
      cells.refuse("label_0.txt", "1 (the first is better), 0, or 0.5 for a tie");
    const places = label === 0 ? ["jpg_1.jpg", "jpg_0.jpg"] : ["jpg_0.jpg", "jpg_1.jpg"];
    const stated = cells.within("json");
    const images = (["chosen", "rejected"] as const).map((side, place) =>
      broughtSide(cells.image(places[place] as string), stated, side),
    );
    const ranks = label === 0.5 ? [0, 0] : [0, 1];
    return {
      ...{ prompt: cells.text("original_prompt.txt"), images, ranks, where: cells.where },
      ...overruledBy(stated),
    };
  },
};
