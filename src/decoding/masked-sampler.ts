import type { GridImage } from "../records/image.js";
import type { Path } from "../records/seams.js";
import { commitDraws, forkPath, type MaskedPath, settledTokens } from "./path.js";
import { PathSampler, type PathSamplerOptions } from "./path-sampler.js";
import { remaskingTemperature } from "./schedule.js";
import { checkedCounts } from "./settings.js";

/** Masked-token sampling (arXiv 2202.04200): every masked token is drawn at each step, and the least confident are masked again. */
export class MaskedSampler extends PathSampler {
  readonly #counts: readonly number[];

  /** Throws ConfigError for settings it cannot run. */
  constructor(options: PathSamplerOptions) {
    super(options);
    this.#counts = checkedCounts(this.grid.tokens, this.settings);
  }

  async preview(paths: readonly Path[]): Promise<GridImage[]> {
    return paths.map((path) => {
      const { predicted, prompt, committedAt } = this.own(path);
      if (predicted === undefined) throw new Error(`A path of "${prompt.text}" has not taken a step yet.`);
      return { ...this.options.image(predicted), settled: settledTokens(committedAt) };
    });
  }

  protected commit(path: MaskedPath, drawn: Int32Array, logProbability: Float32Array): void {
    const { steps, temperature } = this.settings;
    const noise = remaskingTemperature(temperature, path.step, steps);
    commitDraws(path, drawn, logProbability, this.#counts[path.step + 1] as number, noise);
  }

  protected forked(path: MaskedPath, seed: number, remask: number): MaskedPath {
    return forkPath(path, seed, remask, this.#counts, this.grid.mask);
  }
}
