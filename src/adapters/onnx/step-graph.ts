import type { Tensor } from "onnxruntime-node";
import type { Grid, MaskedPath } from "../../decoding/path.js";
import type { Draws } from "../../decoding/path-sampler.js";
import { STREAMS, uniform } from "../../decoding/randomness.js";
import { CorrectionInputs, canCorrect } from "./corrections.js";
import type { OnnxModel } from "./model.js";

/** Generator evaluations behind one step of one path: the conditional and the null branch. */
export const EVALUATIONS_A_STEP = 2;

/**
 * generator.onnx behind one fixed batch shape. Rows without a path keep what they held: no row sees another, and
 * because the shape never changes a row's result is the same bit for bit whatever the others hold.
 */
export class StepGraph {
  readonly #model: OnnxModel;
  readonly #grid: Grid;
  readonly #textLength: number;
  readonly #text: Int32Array;
  readonly #tokens: Int32Array;
  readonly #uniform: Float32Array;
  readonly #draws: Draws;
  /** Undefined when the checkpoint cannot correct images: its graph has no such inputs. */
  readonly #corrections: CorrectionInputs | undefined;
  readonly #feeds: Record<string, Tensor>;
  readonly #fetches: Record<string, Tensor>;

  constructor(model: OnnxModel, slots: number, grid: Grid, textLength: number, guidanceScale: number) {
    const { Tensor } = model;
    const [cells, shape] = [slots * grid.tokens, [slots, grid.tokens]];
    this.#model = model;
    this.#grid = grid;
    this.#textLength = textLength;
    this.#text = new Int32Array(slots * textLength);
    this.#tokens = new Int32Array(cells).fill(grid.mask);
    this.#uniform = new Float32Array(cells);
    this.#draws = { drawn: new Int32Array(cells), logProbability: new Float32Array(cells) };
    this.#corrections = canCorrect(model.checkpoint) ? new CorrectionInputs(model, slots, grid) : undefined;
    this.#feeds = {
      text: new Tensor("int32", this.#text, [slots, textLength]),
      tokens: new Tensor("int32", this.#tokens, shape),
      uniform: new Tensor("float32", this.#uniform, shape),
      guidance_scale: new Tensor("float32", Float32Array.of(guidanceScale), [1]),
      ...this.#corrections?.feeds,
    };
    this.#fetches = {
      drawn: new Tensor("int32", this.#draws.drawn, shape),
      log_probability: new Tensor("float32", this.#draws.logProbability, shape),
    };
  }

  /** One forward pass over at most `slots` paths; row i of the result belongs to `paths[i]`. */
  async run(paths: readonly MaskedPath[]): Promise<Draws> {
    for (const [row, path] of paths.entries()) this.#fill(row, path);
    await this.#model.session.run(this.#feeds, this.#fetches);
    return this.#draws;
  }

  async close(): Promise<void> {
    await this.#model.session.release();
  }

  #fill(row: number, path: MaskedPath): void {
    this.#text.set(path.text, row * this.#textLength);
    this.#corrections?.fill(row, path.correction);
    const start = row * this.#grid.tokens;
    this.#tokens.set(path.tokens, start);
    for (let position = 0; position < this.#grid.tokens; position++) {
      if (path.tokens[position] !== this.#grid.mask) continue;
      this.#uniform[start + position] = uniform(path.seed, path.step, position, STREAMS.draw);
    }
  }
}
