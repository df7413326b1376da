import type { Tensor } from "onnxruntime-node";
import { gridComplaint } from "../../decoding/grid-complaint.js";
import type { Grid } from "../../decoding/path.js";
import { CheckpointError } from "../../errors.js";
import type { Corrected } from "../../records/candidate.js";
import { REASONS, reasonFlags } from "../../records/reasons.js";
import type { Correction } from "../../records/seams.js";
import type { BundledRecord } from "../checkpoint-record.js";
import type { OnnxModel } from "./model.js";

/** Whether a generator was trained to correct images. Throws CheckpointError when it was, but with other reasons. */
export function canCorrect({ name, config }: BundledRecord): boolean {
  const { correction_reasons: reasons = 0 } = config;
  if (reasons === 0 || reasons === REASONS.length) return reasons > 0;
  throw new CheckpointError(
    `Checkpoint ${name} was trained to correct images with other reasons: expected ${REASONS.length} of them, ` +
      `got ${reasons}. Use the release it was trained with, or train it again.`,
  );
}

/** Throws CheckpointError when a checkpoint cannot correct images, or not this one. */
export function refuseCorrection(checkpoint: BundledRecord, { image }: Correction, grid: Grid): void {
  const { name } = checkpoint;
  if (!canCorrect(checkpoint)) {
    throw new CheckpointError(
      `Checkpoint ${name} was not trained to correct images: expected one made by ` +
        "espalier_torch.pretrain.train_correction, such as scenes-self-correct.",
    );
  }
  const complaint = gridComplaint(image.tokens, grid.tokens, grid.mask);
  if (complaint === undefined) return;
  throw new CheckpointError(
    `Checkpoint ${name} cannot correct this image. ${complaint} Give a finished image of the same tokenizer.`,
  );
}

/** The graph's inputs of what each slot corrects: the previous image and the reasons; mask ids and zeros where nothing is. */
export class CorrectionInputs {
  readonly feeds: Readonly<Record<string, Tensor>>;
  readonly #grid: Grid;
  readonly #previous: Int32Array;
  readonly #reasons: Int32Array;

  constructor({ Tensor }: OnnxModel, slots: number, grid: Grid) {
    this.#grid = grid;
    this.#previous = new Int32Array(slots * grid.tokens).fill(grid.mask);
    this.#reasons = new Int32Array(slots * REASONS.length);
    this.feeds = {
      previous: new Tensor("int32", this.#previous, [slots, grid.tokens]),
      reasons: new Tensor("int32", this.#reasons, [slots, REASONS.length]),
    };
  }

  fill(row: number, correction: Corrected | undefined): void {
    const [start, end] = [row * this.#grid.tokens, (row + 1) * this.#grid.tokens];
    if (correction === undefined) this.#previous.fill(this.#grid.mask, start, end);
    else this.#previous.set(correction.tokens, start);
    this.#reasons.set(reasonFlags(correction?.reasons ?? []), row * REASONS.length);
  }
}
