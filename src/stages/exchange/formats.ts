import {
  type PairFileRow,
  readPairFolder,
  readPairs,
  writePairFolder,
  writePairs,
} from "../../adapters/arrow/index.js";
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

/** A layout that preference data is kept in. */
export interface Format {
  /** Whether `out` is a folder or a file of this ending. */
  readonly container: "folder" | ".arrow" | ".parquet";
  /** What its readers expect, in a line. */
  readonly describe: string;
  /** What a pair has that this layout has no place for; empty for a house format. */
  readonly cannotHold: readonly string[];
  /** Streams pairs out; a pair with equal scores is a tie. */
  write(out: string, pairs: AsyncIterable<PairFileRow>, shape: PairShape): Promise<void>;
  /** Streams preferences in. Throws StoreError at the first one that cannot be read. */
  read(path: string): AsyncGenerator<Preference>;
}

const SAMPLING = ["tokens (images are encoded anew)", "steps of the tokens"];
const TASKS = ["tasks (they are read from the prompt again)"];

export const FORMATS = {
  arrow: {
    container: ".arrow",
    describe: "the house's Arrow stream: datasets.Dataset.from_file opens it",
    cannotHold: [],
    write: async (out, pairs, shape) => void (await writePairs(out, pairs, shape)),
    read: (path) => housePreferences(path, readPairs(path)),
  },
  "save-to-disk": {
    container: "folder",
    describe: "a folder for datasets.load_from_disk",
    cannotHold: [],
    write: async (out, pairs, shape) => void (await writePairFolder(out, pairs, shape)),
    read: (path) => housePreferences(path, readPairFolder(path)),
  },
  parquet: {
    container: ".parquet",
    describe: "Parquet with images that the Hub's viewer shows: datasets.load_dataset, pandas",
    cannotHold: [],
    write: writeHouseParquet,
    read: readHouseParquet,
  },
  "pick-a-pic": {
    container: ".parquet",
    describe: "the columns of Pick-a-Pic v2 that Diffusion-DPO trains on (arXiv 2305.01569)",
    cannotHold: [...SAMPLING, ...TASKS, "scores (labels are 1, 0 or 0.5)", "seeds"],
    write: writePickAPic,
    read: readPickAPic,
  },
  "verl-omni": {
    container: ".parquet",
    describe: "verl-omni's offline Diffusion-DPO rows: img_win, img_lose with scores and seeds",
    cannotHold: [...SAMPLING, ...TASKS],
    write: writeVerlOmni,
    read: readVerlOmni,
  },
  trl: {
    container: ".parquet",
    describe: "TRL's preference rows, prompt, chosen and rejected, with images as completions",
    cannotHold: [...SAMPLING, ...TASKS, "scores", "seeds", "ties (they are left out)"],
    write: writeTrl,
    read: readTrl,
  },
  jsonl: {
    container: "folder",
    describe:
      "the paper's pairs.jsonl (arXiv 2501.13926) beside a folder of images; also reads ties and rankings",
    cannotHold: [...SAMPLING, ...TASKS, "scores", "seeds"],
    write: writeJsonLines,
    read: readJsonLines,
  },
} as const satisfies Record<string, Format>;

export type FormatName = keyof typeof FORMATS;
export const FORMAT_NAMES = Object.keys(FORMATS) as [FormatName, ...FormatName[]];

export function formatOf(name: FormatName): Format {
  return FORMATS[name];
}

async function* housePreferences(path: string, rows: AsyncIterable<PairFileRow>): AsyncGenerator<Preference> {
  let row = 0;
  for await (const pair of rows) yield preferenceOf(pair, `${path}, row ${row++}`);
}
