import { type AnyPairRow, type PairShape, writePairFolder, writePairs } from "../../adapters/arrow/index.js";
import type { FormatName } from "../../config/formats.js";
import type { Preference } from "../../records/preference.js";
import { writeDiffusersDpo } from "./layouts/diffusers-dpo.js";
import { FLOW_FACTORY, writeFlowFactory } from "./layouts/flow-factory.js";
import { writeHouseParquet } from "./layouts/house-parquet.js";
import { PAIRS } from "./layouts/house-rows.js";
import { IMAGEFOLDER, writeImagefolder } from "./layouts/imagefolder.js";
import { writeJsonLines } from "./layouts/json-lines.js";
import type { Layout, OnLeftOut } from "./layouts/layout.js";
import { PICK_A_PIC, writePickAPic } from "./layouts/pick-a-pic.js";
import { RANKINGS } from "./layouts/rankings.js";
import { writeTrl } from "./layouts/trl.js";
import { VERL_OMNI, writeVerlOmni } from "./layouts/verl-omni.js";
import { WEBDATASET, writeWebdataset } from "./layouts/webdataset.js";
import { readRows } from "./read-rows.js";

/** The way into a layout and out of it. */
export interface Format {
  /** Streams pairs into `out`; a pair with equal scores is a tie. */
  write(out: string, pairs: AsyncIterable<AnyPairRow>, shape: PairShape): Promise<unknown>;
  /** Streams preferences in, whatever file they are kept in. Throws StoreError at the first one that cannot be read. */
  read(path: string, onLeftOut?: OnLeftOut): AsyncGenerator<Preference>;
}

/** Of rows that each may have their own: lines of JSON, or a list. */
export const ROW_LAYOUTS: readonly Layout[] = [PAIRS, ...RANKINGS, VERL_OMNI, IMAGEFOLDER, FLOW_FACTORY];

export const FORMATS: Readonly<Record<FormatName, Format>> = {
  arrow: { write: writePairs, read: reader(PAIRS) },
  "save-to-disk": { write: writePairFolder, read: reader(PAIRS) },
  parquet: { write: writeHouseParquet, read: reader(PAIRS) },
  "pick-a-pic": { write: writePickAPic, read: reader(PICK_A_PIC) },
  "diffusers-dpo": { write: writeDiffusersDpo, read: reader(PICK_A_PIC) },
  "flow-factory": { write: writeFlowFactory, read: reader(FLOW_FACTORY) },
  imagefolder: { write: writeImagefolder, read: reader(IMAGEFOLDER) },
  "verl-omni": { write: writeVerlOmni, read: reader(VERL_OMNI) },
  webdataset: { write: writeWebdataset, read: reader(WEBDATASET) },
  trl: { write: writeTrl, read: reader(PAIRS) },
  jsonl: { write: writeJsonLines, read: reader(...ROW_LAYOUTS) },
};

function reader(...layouts: readonly Layout[]): Format["read"] {
  return (path, onLeftOut = () => undefined) => readRows(path, layouts, onLeftOut);
}
