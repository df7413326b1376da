/** One setting of DPO that is tried. */
export interface Cell {
  readonly learningRate: number;
  readonly beta: number;
  readonly steps: number;
  readonly masks: keyof typeof MASKS;
  /** Weight of the SFT term. */
  readonly sft: number;
}

/** A cell's trainings, one a seed: score 0..1, and the trainer's measures at its last step. */
export interface Result {
  readonly cell: Cell;
  readonly runs: readonly {
    readonly seed: number;
    readonly score: number;
    readonly last: Record<string, number>;
  }[];
}

/** The ways masks are drawn that are compared. */
export const MASKS = {
  shared: { policy: "random" },
  independent: { policy: "random", shared: false, stratified: false },
  "high ratio": { policy: "high-ratio" },
  "own path": { policy: "own-path" },
} as const;

export const GRID = {
  learningRates: [2e-5, 5e-5, 1e-4, 2e-4],
  betas: [0.05, 0.1, 0.3],
  steps: [100, 400],
  sft: [0, 0.5],
};

const DEFAULT = { learningRate: 5e-5, beta: 0.1, masks: "high ratio" } as const;

/** The grid at the default masks, then every kind of masks with and without SFT at the default rate and beta. */
export function cellsOf({ learningRates, betas, steps, sft }: typeof GRID): Cell[] {
  const grid = learningRates.flatMap((learningRate) =>
    betas.flatMap((beta) =>
      steps.map((count) => ({ learningRate, beta, steps: count, masks: DEFAULT.masks, sft: 0 })),
    ),
  );
  const kinds = (Object.keys(MASKS) as (keyof typeof MASKS)[]).flatMap((masks) =>
    sft.map((weight) => ({ ...DEFAULT, masks, steps: Math.max(...steps), sft: weight })),
  );
  const unlike = kinds.filter((kind) => !grid.some((cell) => sameCell(cell, kind)));
  return [...grid, ...unlike];
}

/** The results as a page: one line a cell, best mean first. */
export function stabilityPage(found: {
  readonly base: number;
  readonly results: readonly Result[];
  readonly cells: number;
  readonly images?: number;
  readonly quick?: boolean;
}): string {
  const { base, results, cells, images = 0, quick = false } = found;
  const ordered = [...results].sort((one, other) => mean(scoresOf(other)) - mean(scoresOf(one)));
  return [
    "# Where DPO holds and where it breaks",
    "",
    `Held-out score (mean of the six tasks, ${images} images a checkpoint, the same prompts and seeds) of DPO on the bundled`,
    `base, one pair set for all. The base scores ${base.toFixed(3)}. \`npx tsx scripts/dpo-stability.ts\` writes this page.`,
    ...(results.length < cells ? ["", `Unfinished: ${results.length} of ${cells} settings.`] : []),
    ...(quick ? ["", "Made with --quick: the numbers mean nothing."] : []),
    "",
    "| masks | learning rate | beta | steps | SFT | score | difference | seeds | pair accuracy | chosen log-prob |",
    "|---|---|---|---|---|---|---|---|---|---|",
    ...ordered.map((result) => line(result, base)),
    "",
    "Score is the mean over seeds, difference that from the base with twice its standard error over seeds. Pair accuracy",
    "and log-probability are the trainer's at its last step: they look best where the score has fallen.",
    "",
  ].join("\n");
}

function line({ cell, runs }: Result, base: number): string {
  const scores = runs.map(({ score }) => score);
  const difference = mean(scores) - base;
  const columns = [
    cell.masks,
    cell.learningRate.toExponential(0),
    cell.beta,
    cell.steps,
    cell.sft,
    mean(scores).toFixed(3),
    `${difference < 0 ? "" : "+"}${difference.toFixed(3)} ${scores.length > 1 ? `± ${(2 * standardError(scores)).toFixed(3)}` : ""}`,
    scores.map((score) => score.toFixed(3)).join(", "),
    mean(runs.map(({ last }) => last["rewards/accuracies"] ?? Number.NaN)).toFixed(2),
    mean(runs.map(({ last }) => last["logps/chosen"] ?? Number.NaN)).toFixed(1),
  ];
  return `| ${columns.join(" | ")} |`;
}

function sameCell(one: Cell, other: Cell): boolean {
  return JSON.stringify(Object.entries(one).sort()) === JSON.stringify(Object.entries(other).sort());
}

function scoresOf({ runs }: Result): number[] {
  return runs.map(({ score }) => score);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function standardError(values: readonly number[]): number {
  const center = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - center) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1) / values.length);
}
