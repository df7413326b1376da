import { CheckpointError, ConfigError } from "../errors.js";
import { NEVER_COMMITTED } from "../records/candidate.js";
import type { GridImage } from "../records/image.js";
import type { Path } from "../records/seams.js";
import { type MaskedPath, settledTokens } from "./path.js";
import { PathSampler, type PathSamplerOptions, type StepRunner } from "./path-sampler.js";

/** Steps in raster order: what `run` draws behind the row at hand is not looked at. */
export interface RasterStepRunner extends StepRunner {
  /** The likeliest whole images that at most `slots` paths begin, shape (paths * tokens,). */
  complete(paths: readonly MaskedPath[]): Promise<Int32Array>;
}

/** Next-token sampling in raster order: a step is a row of tokens, from the first down. */
export class RasterSampler extends PathSampler<RasterStepRunner> {
  readonly #side: number;

  /** Throws ConfigError unless there are as many steps as rows. */
  constructor(options: PathSamplerOptions<RasterStepRunner>) {
    super(options);
    this.#side = Math.round(Math.sqrt(this.grid.tokens));
    const { steps } = this.settings;
    if (steps === this.#side) return;
    throw new ConfigError(
      `Expected "sampler.steps" to be ${this.#side}, the rows of an image of ${this.grid.tokens} tokens, got ${steps}.`,
    );
  }

  async preview(paths: readonly Path[]): Promise<GridImage[]> {
    const own = paths.map((path) => this.own(path));
    const fresh = own.find(({ step }) => step === 0);
    if (fresh) throw new Error(`A path of "${fresh.prompt.text}" has not taken a step yet.`);
    const grids = this.settings.preview === "completed" ? await this.#completed(own) : own.map(drawnSoFar);
    return own.map((path, index) => ({
      ...this.options.image(grids[index] as Uint16Array),
      settled: settledTokens(path.committedAt),
    }));
  }

  protected commit(path: MaskedPath, drawn: Int32Array): void {
    const [start, end] = [path.step * this.#side, (path.step + 1) * this.#side];
    const row = drawn.subarray(start, end);
    const strange = row.findIndex((code) => code < 0 || code >= this.grid.mask);
    if (strange !== -1) {
      throw new CheckpointError(
        `The generator drew the code ${row[strange]} at position ${start + strange}: expected one below ${this.grid.mask}.`,
      );
    }
    path.tokens.set(row, start);
    path.committedAt.fill(path.step, start, end);
    path.step += 1;
  }

  /** The first rows of `path`, whose last ones, a share `remask` of them, are drawn again by the new seed. */
  protected forked(path: MaskedPath, seed: number, remask: number): MaskedPath {
    const kept = path.step - Math.round(remask * path.step);
    const fork: MaskedPath = {
      ...path,
      seed,
      nfe: 0,
      forks: [...path.forks, { step: path.step, remask, seed }],
      step: kept,
      done: kept === this.settings.steps,
      tokens: path.tokens.slice(),
      committedAt: path.committedAt.slice(),
    };
    fork.tokens.fill(this.grid.mask, kept * this.#side);
    fork.committedAt.fill(NEVER_COMMITTED, kept * this.#side);
    return fork;
  }

  async #completed(paths: readonly MaskedPath[]): Promise<Uint16Array[]> {
    const { tokens } = this.grid;
    const missing = paths.filter(({ done }) => !done);
    const whole = new Map(paths.map((path) => [path, drawnSoFar(path)]));
    await this.turn(async () => {
      for (let first = 0; first < missing.length; first += this.slots) {
        const some = missing.slice(first, first + this.slots);
        const grids = await this.options.steps.complete(some);
        for (const [row, path] of some.entries()) {
          whole.set(path, Uint16Array.from(grids.subarray(row * tokens, (row + 1) * tokens)));
          this.count(path, (this.settings.steps - path.step) * this.evaluationsPerStep);
        }
      }
    });
    return paths.map((path) => whole.get(path) as Uint16Array);
  }
}

function drawnSoFar({ tokens }: MaskedPath): Uint16Array {
  return tokens.slice();
}
