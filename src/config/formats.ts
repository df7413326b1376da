/** A layout that preference data is kept in. */
export interface FormatFacts {
  /** Whether it is a folder, or a file of this ending. */
  readonly container: "folder" | ".arrow" | ".parquet";
  /** What its readers expect, in a line. */
  readonly describe: string;
  /** What a pair has that this layout has no place for. */
  readonly cannotHold: readonly string[];
}

/** Of the ledger alone: no file holds it. */
const LEDGER = "policy, review and shared steps (they stay in the ledger)";
const SAMPLING = ["tokens (images are encoded anew)", "steps of the tokens"];
const TASKS = ["tasks (they are read from the prompt again)"];

/** Every layout, in the order of the help. */
export const FORMAT_FACTS = {
  arrow: {
    container: ".arrow",
    describe: "the house's Arrow stream: datasets.Dataset.from_file opens it",
    cannotHold: [LEDGER],
  },
  "save-to-disk": {
    container: "folder",
    describe: "a folder for datasets.load_from_disk",
    cannotHold: [LEDGER],
  },
  parquet: {
    container: ".parquet",
    describe: "Parquet with images that the Hub's viewer shows: datasets.load_dataset, pandas",
    cannotHold: [LEDGER],
  },
  "pick-a-pic": {
    container: ".parquet",
    describe: "the columns of Pick-a-Pic v2 that Diffusion-DPO trains on (arXiv 2305.01569)",
    cannotHold: [LEDGER, ...SAMPLING, ...TASKS, "scores (labels are 1, 0 or 0.5)", "seeds"],
  },
  "verl-omni": {
    container: ".parquet",
    describe: "verl-omni's offline Diffusion-DPO rows: img_win, img_lose with scores and seeds",
    cannotHold: [LEDGER, ...SAMPLING, ...TASKS],
  },
  trl: {
    container: ".parquet",
    describe: "TRL's preference rows, prompt, chosen and rejected, with images as completions",
    cannotHold: [LEDGER, ...SAMPLING, ...TASKS, "scores", "seeds", "ties (they are left out)"],
  },
  jsonl: {
    container: "folder",
    describe:
      "the paper's pairs.jsonl (arXiv 2501.13926) beside a folder of images; also reads ties and rankings",
    cannotHold: [LEDGER, ...SAMPLING, ...TASKS, "scores", "seeds"],
  },
} as const satisfies Record<string, FormatFacts>;

export type FormatName = keyof typeof FORMAT_FACTS;
export const FORMAT_NAMES = Object.keys(FORMAT_FACTS) as [FormatName, ...FormatName[]];
