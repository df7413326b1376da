import { join } from "node:path";
import type { AnyPairRow } from "../../../adapters/arrow/index.js";
import { makeFolder } from "../../../adapters/make-folder.js";
import { withoutTies } from "./house-rows.js";
import { writePickAPic } from "./pick-a-pic.js";

/**
 * Writes a folder that diffusers' train_diffusion_dpo.py and train_diffusion_dpo_sdxl.py take as --dataset_name (research_projects/
 * diffusion_dpo at 0.36): `caption`, `jpg_0`, `jpg_1` as bytes, `label_0`. These take every label but 0 for a preference of the
 * first image, so that ties are left out.
 */
export async function writeDiffusersDpo(out: string, pairs: AsyncIterable<AnyPairRow>): Promise<void> {
  makeFolder(join(out, "data"));
  await writePickAPic(join(out, "data", "train-00000-of-00001.parquet"), withoutTies(pairs));
}
