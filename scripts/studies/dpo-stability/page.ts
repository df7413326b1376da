import { type Cell, cellName, type Tables } from "./cells.js";
import type { Summary } from "./summary.js";

/** What the page is written from. */
export interface Found {
  readonly tables: Tables;
  readonly summaries: readonly Summary[];
  /** Score of the base, 0..1. */
  readonly base: number;
  /** Held-out images a checkpoint. */
  readonly images: number;
  readonly pairs: number;
  /** Trainings done, and in all. */
  readonly done: number;
  readonly all: number;
  readonly quick: boolean;
}

/** Everything from here on is the script's; what stands above it in the page is kept. */
export const MARK = "<!-- From here on written by scripts/studies/dpo-stability.ts -->";

/** The page with new tables under whatever text it had above the mark. */
export function stabilityPage(before: string | null, found: Found): string {
  const text = before?.split(MARK)[0]?.trimEnd() ?? "# Where DPO holds and where it breaks";
  return `${text}\n\n${MARK}\n\n${tables(found)}`;
}

function tables(found: Found): string {
  const { base, images, pairs, done, all, quick } = found;
  const { grid, masks, batches } = found.tables;
  return [
    `The base scores ${base.toFixed(3)} on ${images} held-out images (mean of the six tasks); every checkpoint draws the same`,
    `prompts and seeds. One pair set of ${pairs} pairs for all. Difference: mean over seeds, less the base, ± twice its`,
    "standard error, in which those over images (paired, bootstrap over prompts) and over seeds are added in squares.",
    ...(done < all ? ["", `**Unfinished: ${done} of ${all} trainings.**`] : []),
    ...(quick ? ["", "**Made with --quick: the numbers mean nothing.**"] : []),
    ...section("Learning rate x beta x steps (masks of high ratios)", grid, found),
    ...section("Masks, with and without an SFT term", masks, found),
    ...section("The same pairs in smaller batches", batches, found),
    "",
    "Pair accuracy and log-probability of the chosen are the trainer's, on the training pairs of its last step.",
    "",
  ].join("\n");
}

function section(title: string, cells: readonly Cell[], { summaries }: Found): string[] {
  const named = new Map(summaries.map((one) => [cellName(one.cell), one]));
  return [
    "",
    `## ${title}`,
    "",
    "| masks | learning rate | beta | steps x batch | SFT | score | difference | each seed | pair accuracy | log-prob |",
    "|---|---|---|---|---|---|---|---|---|---|",
    ...cells.map((cell) => line(cell, named.get(cellName(cell)))),
  ];
}

function line(cell: Cell, summary: Summary | undefined): string {
  const { masks, learningRate, beta, steps, batchPairs, sft } = cell;
  const setting = [masks, learningRate.toExponential(0), beta, `${steps} x ${batchPairs}`, sft];
  return `| ${[...setting, ...(summary ? results(summary) : Array(5).fill(""))].join(" | ")} |`;
}

function results({
  score,
  difference,
  standardError,
  seeds,
  pairAccuracy,
  chosenLogProbability,
}: Summary): string[] {
  return [
    score.toFixed(3),
    `${signed(difference)} ± ${(2 * standardError.both).toFixed(3)}`,
    seeds.map(signed).join(", "),
    pairAccuracy.toFixed(2),
    chosenLogProbability.toFixed(1),
  ];
}

function signed(value: number): string {
  return `${value < 0 ? "" : "+"}${value.toFixed(3)}`;
}
