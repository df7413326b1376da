/** A layout that preference data is kept in. */
export interface FormatFacts {
  /** Whether it is a folder, or a file of this ending. */
  readonly container: "folder" | ".arrow" | ".parquet";
  /** What its readers expect, in a line. */
  readonly describe: string;
  /** What a pair has that this layout has no place for. */
  readonly cannotHold: readonly string[];
  /** What the program that it is named after cannot do with it, in a sentence. */
  readonly limit?: string;
}

/** Of the ledger alone: no file holds it. */
const LEDGER = "policy, review and shared steps (they stay in the ledger)";
const SAMPLING: readonly string[] = ["tokens (images are encoded anew)", "steps of the tokens"];
const TASKS = ["tasks (they are read from the prompt again)"];
const NO_TIES = "ties (they are left out)";

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
  "diffusers-dpo": {
    container: "folder",
    describe:
      "a folder for diffusers' train_diffusion_dpo.py: --dataset_name OUT --dataset_split_name train (also its SDXL script)",
    cannotHold: [LEDGER, ...SAMPLING, ...TASKS, "scores", "seeds", NO_TIES],
  },
  "flow-factory": {
    container: "folder",
    describe:
      "Flow-Factory's offline records, version 2, for its offline-dpo: train.jsonl beside a folder of images",
    cannotHold: [LEDGER, ...SAMPLING, ...TASKS, NO_TIES],
  },
  imagefolder: {
    container: "folder",
    describe: "metadata.jsonl beside a folder of images: datasets' imagefolder shows both images of a row",
    cannotHold: [LEDGER, ...SAMPLING, ...TASKS],
  },
  webdataset: {
    container: "folder",
    describe:
      "WebDataset shards for large sets (webdataset, datasets), with the members that diffusers' ORPO script asks for",
    cannotHold: [LEDGER, ...SAMPLING, ...TASKS, NO_TIES],
  },
  "verl-omni": {
    container: "folder",
    describe: "the rows of verl-omni's prepare_offline_dpo.py as train.jsonl beside a folder of images",
    cannotHold: [LEDGER, ...SAMPLING, ...TASKS],
    limit:
      "verl-omni cannot train from it as it is: it also wants img_win_latents, img_lose_latents, prompt_embeds, " +
      "prompt_embeds_mask and pooled_prompt_embeds of the model it trains, and its own preparation makes them only for images " +
      "that it samples itself. Add these columns with that model's VAE and text encoders.",
  },
  trl: {
    container: ".parquet",
    describe: "the columns of TRL's preference rows, prompt, chosen and rejected, the last two as images",
    cannotHold: [LEDGER, ...SAMPLING, ...TASKS, "scores", "seeds", NO_TIES],
    limit: "TRL's own trainers take images beside a prompt, and none as what was chosen and rejected.",
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

/** What the name of a file in this layout ends in; nothing for a folder. */
export function endingOf(format: FormatName): "" | ".arrow" | ".parquet" {
  const { container } = FORMAT_FACTS[format];
  return container === "folder" ? "" : container;
}

/** Layouts with a place for all that is said of a picture. */
const WITH_METADATA: readonly FormatName[] = ["arrow", "save-to-disk", "parquet"];

/** What is lost of pairs: of pictures no tokens, but what was said of them where there is no place for it. */
export function lostIn(format: FormatName, images: "grids" | "pictures"): readonly string[] {
  const { cannotHold } = FORMAT_FACTS[format];
  if (images === "grids") return cannotHold;
  const others = cannotHold.filter((what) => !SAMPLING.includes(what));
  return WITH_METADATA.includes(format) ? others : [...others, "what was said of the pictures (metadata)"];
}
