/** One setting of DPO that is tried. */
export interface Cell {
  readonly learningRate: number;
  readonly beta: number;
  /** Optimizer steps. */
  readonly steps: number;
  /** Pairs an optimizer step. */
  readonly batchPairs: number;
  readonly masks: keyof typeof MASKS;
  /** Weight of the SFT term. */
  readonly sft: number;
}

/** The ways masks are drawn that are compared. */
export const MASKS = {
  shared: { policy: "random" },
  independent: { policy: "random", shared: false, stratified: false },
  "high ratio": { policy: "high-ratio" },
  "own path": { policy: "own-path" },
} as const;

export interface Grid {
  readonly learningRates: readonly number[];
  readonly betas: readonly number[];
  readonly steps: readonly number[];
  readonly batchPairs: number;
  readonly sft: readonly number[];
  /** Pairs of a smaller batch, tried on as many pairs. */
  readonly smallBatch: number;
}

export const GRID: Grid = {
  learningRates: [5e-5, 2e-4, 8e-4],
  betas: [0.1, 0.5],
  steps: [6, 24],
  batchPairs: 128,
  sft: [0, 1],
  smallBatch: 32,
};

/** Learning rate and beta at which masks and batches are compared. */
export const MIDDLE = { learningRate: 2e-4, beta: 0.1 } as const;

/** The cells of the page's tables. The middle of the grid stands in all of them. */
export interface Tables {
  readonly grid: readonly Cell[];
  readonly masks: readonly Cell[];
  readonly batches: readonly Cell[];
}

/** The grid under masks of high ratios; every kind of masks with and without SFT; the batch cut smaller. */
export function tablesOf({ learningRates, betas, steps, batchPairs, sft, smallBatch }: Grid): Tables {
  const longest = Math.max(...steps);
  const plain = { batchPairs, masks: "high ratio", sft: 0 } as const;
  const middle = { ...plain, ...MIDDLE, steps: longest };
  const kinds = Object.keys(MASKS) as (keyof typeof MASKS)[];
  return {
    grid: learningRates.flatMap((learningRate) =>
      betas.flatMap((beta) => steps.map((count) => ({ ...plain, learningRate, beta, steps: count }))),
    ),
    masks: kinds.flatMap((masks) => sft.map((weight) => ({ ...middle, masks, sft: weight }))),
    batches: [middle, { ...middle, batchPairs: smallBatch, steps: (longest * batchPairs) / smallBatch }],
  };
}

/** Every cell of the tables once. */
export function cellsOf(grid: Grid): Cell[] {
  const all = Object.values(tablesOf(grid)).flat();
  return [...new Map(all.map((cell) => [cellName(cell), cell])).values()];
}

/** Names a cell as labels and logs do. */
export function cellName({ masks, learningRate, beta, steps, batchPairs, sft }: Cell): string {
  return `${masks} lr ${learningRate} beta ${beta} steps ${steps} batch ${batchPairs} sft ${sft}`;
}
