import {
  type PairFileRow,
  readPairFolder,
  readPairs,
  writePairFolder,
  writePairs,
} from "../../adapters/arrow/index.js";
import type { FormatName } from "../../config/formats.js";
import type { Preference } from "../../records/preference.js";
import { readHouseParquet, writeHouseParquet } from "./house-parquet.js";
import { preferenceOf } from "./house-rows.js";
import { readJsonLines, writeJsonLines } from "./json-lines.js";
import { readPickAPic, writePickAPic } from "./pick-a-pic.js";
import { readTrl, writeTrl } from "./trl.js";
import { readVerlOmni, writeVerlOmni } from "./verl-omni.js";

/** Lengths of the lists in a pair. */
export interface PairShape {
  readonly tokens: number;
  readonly text: number;
}

/** The way into a layout and out of it. */
export interface Format {
  /** Streams pairs into `out`; a pair with equal scores is a tie. */
  write(out: string, pairs: AsyncIterable<PairFileRow>, shape: PairShape): Promise<unknown>;
  /** Streams preferences in. Throws StoreError at the first one that cannot be read. */
  read(path: string): AsyncGenerator<Preference>;
}

export const FORMATS: Readonly<Record<FormatName, Format>> = {
  arrow: { write: writePairs, read: (path) => housePreferences(path, readPairs(path)) },
  "save-to-disk": { write: writePairFolder, read: (path) => housePreferences(path, readPairFolder(path)) },
  parquet: { write: writeHouseParquet, read: readHouseParquet },
  "pick-a-pic": { write: writePickAPic, read: readPickAPic },
  "verl-omni": { write: writeVerlOmni, read: readVerlOmni },
  trl: { write: writeTrl, read: readTrl },
  jsonl: { write: writeJsonLines, read: readJsonLines },
};

async function* housePreferences(path: string, rows: AsyncIterable<PairFileRow>): AsyncGenerator<Preference> {
  let row = 0;
  for await (const pair of rows) yield preferenceOf(pair, `${path}, row ${row++}`);
}
