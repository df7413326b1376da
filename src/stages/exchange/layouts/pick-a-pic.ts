import { type AnyPairRow, encodedSide } from "../../../adapters/arrow/index.js";
import { type ParquetRow, writeParquet } from "../../../adapters/parquet/index.js";
import { type Cells, ourId } from "./cells.js";
import { isTie } from "./house-rows.js";
import type { Layout } from "./layout.js";

const COLUMNS = {
  caption: "text",
  jpg_0: "bytes",
  jpg_1: "bytes",
  label_0: "number",
  label_1: "number",
  image_0_uid: "text",
  image_1_uid: "text",
  best_image_uid: "text",
} as const;

export async function writePickAPic(out: string, pairs: AsyncIterable<AnyPairRow>): Promise<void> {
  await writeParquet(out, COLUMNS, toRows(pairs));
}

/** The chosen image stands in either place, by its pair's id, so that no trainer learns from the place. */
async function* toRows(pairs: AsyncIterable<AnyPairRow>): AsyncGenerator<ParquetRow> {
  for await (const pair of pairs) {
    const { prompt, chosen, rejected } = pair;
    const swapped = Number.parseInt(pair.id.slice(0, 2), 16) % 2 === 1;
    const [first, second] = swapped ? [rejected, chosen] : [chosen, rejected];
    const best = isTie(pair) ? 0.5 : Number(!swapped);
    yield {
      caption: prompt,
      jpg_0: await encodedSide(first),
      jpg_1: await encodedSide(second),
      label_0: best,
      label_1: 1 - best,
      image_0_uid: first.id,
      image_1_uid: second.id,
      best_image_uid: isTie(pair) ? "tie" : chosen.id,
    };
  }
}

/** Besides the images, what says who was preferred, and whether anyone was (PickScore, trainer/datasetss/clip_hf_dataset.py). */
export const PICK_A_PIC: Layout = {
  needs: ["caption", "jpg_0", "jpg_1", "label_0"],
  reads: ["label_1", "image_0_uid", "image_1_uid", "best_image_uid", "has_label", "are_different"],
  preference: (cells) => {
    if (cells.has("has_label") && !cells.flag("has_label")) return { leftOut: "row without a label" };
    if (cells.has("are_different") && !cells.flag("are_different"))
      return { leftOut: "row whose images are not different" };
    const label = labelOf(cells);
    const images = ["0", "1"].map((place) => ({
      bytes: cells.image(`jpg_${place}`).bytes,
      ...(cells.has(`image_${place}_uid`) ? ourId(cells.text(`image_${place}_uid`)) : {}),
    }));
    return { prompt: cells.text("caption"), images, ranks: [1 - label, label], where: cells.where };
  },
};

/** What the first image's label says; refused where another column says otherwise. */
function labelOf(cells: Cells): number {
  const label = cells.number("label_0");
  if (![0, 0.5, 1].includes(label)) cells.refuse("label_0", "1 (the first is better), 0, or 0.5 for a tie");
  if (cells.has("label_1") && label + cells.number("label_1") !== 1)
    cells.refuse("label_1", `${1 - label}, as label_0 is ${label} and the two add up to 1`);
  const uids = ["best_image_uid", "image_0_uid", "image_1_uid"];
  if (!uids.every((column) => cells.has(column))) return label;
  const [best, first, second] = uids.map((column) => cells.text(column));
  if (first === second) return label;
  if ((best === first && label === 0) || (best === second && label === 1))
    cells.refuse("best_image_uid", `${label === 1 ? first : second}, as label_0 is ${label}`);
  return label;
}
