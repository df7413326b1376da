import { VerifierError } from "../../errors.js";
import type { Pixels } from "../../records/image.js";
import type { Encoder } from "../../records/seams.js";
import { PIXELS_A_TOKEN } from "./graph-shapes.js";
import { type ModelOptions, type OnnxModel, openModel } from "./model.js";

/** Images a forward pass; the shape is fixed so that tokens never depend on what was encoded beside. */
const BATCH = 8;

/** encoder.onnx of a bundled tokenizer: RGB to token grids. */
export class OnnxEncoder implements Encoder {
  readonly side: number;
  readonly tokens: number;
  readonly codebookSize: number;
  readonly #model: OnnxModel;

  private constructor(model: OnnxModel) {
    this.#model = model;
    const { grid, codebook_size: codebookSize } = model.checkpoint.config;
    this.tokens = grid ** 2;
    this.side = grid * PIXELS_A_TOKEN;
    this.codebookSize = codebookSize;
  }

  /** Loads encoder.onnx of a tokenizer's folder. Throws CheckpointError. */
  static async open(folder: string, options: ModelOptions = {}): Promise<OnnxEncoder> {
    return new OnnxEncoder(await openModel(folder, "tokenizer", "encoder.onnx", options));
  }

  /** The token grid of each image, in order. Throws VerifierError when an image has another size. */
  async encode(images: readonly Pixels[]): Promise<Uint16Array[]> {
    const side = this.side;
    const strange = images.find(({ width, height }) => width !== side || height !== side);
    if (strange !== undefined) {
      throw new VerifierError(
        `An image cannot be encoded: expected ${side} x ${side} pixels, got ${strange.width} x ${strange.height}.`,
      );
    }
    const grids: Uint16Array[] = [];
    for (let first = 0; first < images.length; first += BATCH) {
      grids.push(...(await this.#encodeBatch(images.slice(first, first + BATCH))));
    }
    return grids;
  }

  async close(): Promise<void> {
    await this.#model.session.release();
  }

  async #encodeBatch(images: readonly Pixels[]): Promise<Uint16Array[]> {
    const bytes = this.side ** 2 * 3;
    const pixels = new Uint8Array(BATCH * bytes);
    for (const [row, image] of images.entries()) pixels.set(image.data, row * bytes);
    const shape = [BATCH, this.side, this.side, 3];
    const { tokens } = await this.#model.session.run({
      pixels: new this.#model.Tensor("uint8", pixels, shape),
    });
    const flat = tokens?.data as Int32Array;
    return images.map((_, row) =>
      Uint16Array.from(flat.subarray(row * this.tokens, (row + 1) * this.tokens)),
    );
  }
}
