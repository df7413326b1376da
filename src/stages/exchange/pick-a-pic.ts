import type { PairFileRow } from "../../adapters/arrow/index.js";
import { type ParquetRow, readParquet, writeParquet } from "../../adapters/parquet/index.js";
import type { Preference } from "../../records/preference.js";
import { Cells, ourId } from "./cells.js";
import { isTie } from "./house-rows.js";

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

export async function writePickAPic(out: string, pairs: AsyncIterable<PairFileRow>): Promise<void> {
  await writeParquet(out, COLUMNS, toRows(pairs));
}

/** The chosen image stands in either place, by its pair's id, so that no trainer learns from the place. */
async function* toRows(pairs: AsyncIterable<PairFileRow>): AsyncGenerator<ParquetRow> {
  for await (const pair of pairs) {
    const { prompt, chosen, rejected } = pair;
    const swapped = Number.parseInt(pair.id.slice(0, 2), 16) % 2 === 1;
    const [first, second] = swapped ? [rejected, chosen] : [chosen, rejected];
    const best = isTie(pair) ? 0.5 : Number(!swapped);
    yield {
      caption: prompt,
      jpg_0: first.png,
      jpg_1: second.png,
      label_0: best,
      label_1: 1 - best,
      image_0_uid: first.id,
      image_1_uid: second.id,
      best_image_uid: isTie(pair) ? "tie" : chosen.id,
    };
  }
}

export async function* readPickAPic(path: string): AsyncGenerator<Preference> {
  let number = 0;
  for await (const row of readParquet(path, ["caption", "jpg_0", "jpg_1", "label_0"])) {
    const cells = new Cells(row, `${path}, row ${number++}`);
    const label = cells.number("label_0");
    if (![0, 0.5, 1].includes(label)) cells.refuse("label_0", "1 (the first is better), 0, or 0.5 for a tie");
    const images = ["0", "1"].map((place) => ({
      bytes: cells.image(`jpg_${place}`).bytes,
      ...(cells.has(`image_${place}_uid`) ? ourId(cells.text(`image_${place}_uid`)) : {}),
    }));
    yield { prompt: cells.text("caption"), images, ranks: [1 - label, label], where: cells.where };
  }
}
