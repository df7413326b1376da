import type { Tensor } from "onnxruntime-node";
import { gridComplaint } from "../../decoding/grid-complaint.js";
import { OneAtATime } from "../../decoding/one-at-a-time.js";
import { VerifierError } from "../../errors.js";
import type { Pixels } from "../../records/image.js";
import type { Decoder } from "../../records/seams.js";
import { PIXELS_A_TOKEN } from "./graph-shapes.js";
import { type ModelOptions, type OnnxModel, openModel } from "./model.js";

/** Images a forward pass of the decoder; the shape is fixed so that pixels never depend on what was decoded beside. */
const BATCH = 8;

/** decoder.onnx of a bundled tokenizer: token grids to RGB. */
export class OnnxDecoder implements Decoder {
  /** Identity of the tokenizer. */
  readonly identity: string;
  readonly #model: OnnxModel;
  readonly #codebookSize: number;
  readonly #gridTokens: number;
  readonly #side: number;
  readonly #tokens: Int32Array;
  readonly #pixels: Uint8Array;
  readonly #feeds: Record<string, Tensor>;
  readonly #fetches: Record<string, Tensor>;
  readonly #turns = new OneAtATime();

  private constructor(model: OnnxModel) {
    const { grid, codebook_size: codebookSize } = model.checkpoint.config;
    this.identity = model.checkpoint.identity;
    this.#model = model;
    this.#codebookSize = codebookSize;
    this.#gridTokens = grid * grid;
    this.#side = grid * PIXELS_A_TOKEN;
    this.#tokens = new Int32Array(BATCH * this.#gridTokens);
    this.#pixels = new Uint8Array(BATCH * this.#side ** 2 * 3);
    this.#feeds = { tokens: new model.Tensor("int32", this.#tokens, [BATCH, this.#gridTokens]) };
    const shape = [BATCH, this.#side, this.#side, 3];
    this.#fetches = { pixels: new model.Tensor("uint8", this.#pixels, shape) };
  }

  /** Loads decoder.onnx of a tokenizer's folder. Throws CheckpointError. */
  static async open(folder: string, options: ModelOptions = {}): Promise<OnnxDecoder> {
    return new OnnxDecoder(await openModel(folder, "tokenizer", "decoder.onnx", options));
  }

  /** Pixels of each grid, in order. Throws VerifierError when a grid has the wrong length or a token no code has. */
  async decode(grids: readonly Uint16Array[]): Promise<Pixels[]> {
    for (const grid of grids) {
      const complaint = gridComplaint(grid, this.#gridTokens, this.#codebookSize);
      if (complaint) throw new VerifierError(`An image cannot be decoded. ${complaint}`);
    }
    return this.#turns.run(async () => {
      const images: Pixels[] = [];
      for (let first = 0; first < grids.length; first += BATCH) {
        images.push(...(await this.#decodeBatch(grids.slice(first, first + BATCH))));
      }
      return images;
    });
  }

  async close(): Promise<void> {
    await this.#turns.settled();
    await this.#model.session.release();
  }

  async #decodeBatch(grids: readonly Uint16Array[]): Promise<Pixels[]> {
    for (const [row, grid] of grids.entries()) this.#tokens.set(grid, row * this.#gridTokens);
    await this.#model.session.run(this.#feeds, this.#fetches);
    const bytes = this.#side ** 2 * 3;
    return grids.map((_, row) => ({
      width: this.#side,
      height: this.#side,
      data: this.#pixels.slice(row * bytes, (row + 1) * bytes),
    }));
  }
}
