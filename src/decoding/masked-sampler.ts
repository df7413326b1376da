import { ConfigError } from "../errors.js";
import type { Candidate, SamplerSettings } from "../records/candidate.js";
import type { GridImage } from "../records/image.js";
import type { Prompt } from "../records/prompt.js";
import type { Correction, Path, Sampler } from "../records/seams.js";
import { OneAtATime } from "./one-at-a-time.js";
import {
  commitDraws,
  endPath,
  forkPath,
  type Grid,
  type MaskedPath,
  openPath,
  settledTokens,
} from "./path.js";
import { remaskingTemperature } from "./schedule.js";
import { checkedCounts, checkedSeed } from "./settings.js";

/** What a step drew. Views into buffers that the next step overwrites, shape (slots * tokens,). */
export interface Draws {
  readonly drawn: Int32Array;
  readonly logProbability: Float32Array;
}

/** One decoding step of many paths: whatever runs the generator. */
export interface StepRunner {
  /** One forward pass over at most `slots` paths; row i of the result belongs to `paths[i]`. */
  run(paths: readonly MaskedPath[]): Promise<Draws>;
  close(): Promise<void>;
}

export interface MaskedSamplerOptions {
  readonly settings: SamplerSettings;
  /** Identity of the generator's checkpoint. */
  readonly checkpoint: string;
  readonly slots: number;
  readonly evaluationsPerStep: number;
  readonly grid: Grid;
  readonly steps: StepRunner;
  /** Throws unless the generator takes this correction. */
  readonly refuseCorrection: (correction: Correction) => void;
  /** Ids of a prompt. Throws PromptError when the prompt cannot be said. */
  readonly encodePrompt: (text: string) => ArrayLike<number>;
  /** An image from its token grid. */
  readonly image: (tokens: Uint16Array) => GridImage;
}

/** Masked-token sampling (arXiv 2202.04200): the state of paths, whatever runs the generator. */
export class MaskedSampler implements Sampler {
  readonly settings: SamplerSettings;
  readonly checkpoint: string;
  readonly slots: number;
  readonly evaluationsPerStep: number;
  readonly #options: MaskedSamplerOptions;
  readonly #grid: Grid;
  readonly #counts: readonly number[];
  readonly #turns = new OneAtATime();
  #nfe = 0;

  /** Throws ConfigError for settings it cannot run. */
  constructor(options: MaskedSamplerOptions) {
    this.settings = Object.freeze({ ...options.settings });
    this.checkpoint = options.checkpoint;
    this.slots = options.slots;
    this.evaluationsPerStep = options.evaluationsPerStep;
    this.#options = options;
    this.#grid = options.grid;
    this.#counts = checkedCounts(this.#grid.tokens, this.settings);
  }

  get nfe(): number {
    return this.#nfe;
  }

  open(prompt: Prompt, seed: number, correction?: Correction): Path {
    if (correction !== undefined) this.#options.refuseCorrection(correction);
    const text = this.#options.encodePrompt(prompt.text);
    return openPath(prompt, checkedSeed(seed), text, this.#grid, correction);
  }

  async advance(paths: readonly Path[]): Promise<void> {
    const own = paths.map((path) => this.#own(path));
    const finished = own.find((path) => path.done);
    if (finished) throw new Error(`Path ${finished.seed} of "${finished.prompt.text}" has no steps left.`);
    if (new Set(own).size !== own.length) throw new Error("A path was asked to advance twice in one call.");
    await this.#turns.run(async () => {
      for (let first = 0; first < own.length; first += this.slots) {
        await this.#step(own.slice(first, first + this.slots));
      }
    });
  }

  async preview(paths: readonly Path[]): Promise<GridImage[]> {
    return paths.map((path) => {
      const { predicted, prompt, committedAt } = this.#own(path);
      if (predicted === undefined) throw new Error(`A path of "${prompt.text}" has not taken a step yet.`);
      return { ...this.#options.image(predicted), settled: settledTokens(committedAt) };
    });
  }

  fork(path: Path, seed: number, remask: number): Path {
    if (!(remask >= 0 && remask <= 1)) throw new ConfigError(`Expected a share from 0 to 1, got ${remask}.`);
    return forkPath(this.#own(path), checkedSeed(seed), remask, this.#counts, this.#grid.mask);
  }

  finish(paths: readonly Path[]): Candidate[] {
    const unfinished = paths.find((path) => !path.done);
    if (unfinished) {
      const { prompt, step } = unfinished;
      throw new Error(
        `A path of "${prompt.text}" is at step ${step} of ${this.settings.steps}: drop it instead.`,
      );
    }
    return paths.map((path) => endPath(this.#own(path), this, "finished", ""));
  }

  drop(paths: readonly Path[], reason: string): Candidate[] {
    return paths.map((path) => endPath(this.#own(path), this, "dropped", reason));
  }

  async close(): Promise<void> {
    await this.#turns.settled();
    await this.#options.steps.close();
  }

  async #step(paths: readonly MaskedPath[]): Promise<void> {
    const { steps, temperature } = this.settings;
    const { drawn, logProbability } = await this.#options.steps.run(paths);
    for (const [row, path] of paths.entries()) {
      const [start, end] = [row * this.#grid.tokens, (row + 1) * this.#grid.tokens];
      const stayMasked = this.#counts[path.step + 1] as number;
      const noise = remaskingTemperature(temperature, path.step, steps);
      commitDraws(path, drawn.subarray(start, end), logProbability.subarray(start, end), stayMasked, noise);
      path.done = path.step === steps;
      path.nfe += this.evaluationsPerStep;
      this.#nfe += this.evaluationsPerStep;
    }
  }

  #own(path: Path): MaskedPath {
    const own = path as MaskedPath;
    if (!own.open)
      throw new Error(`Path ${path.seed} of "${path.prompt.text}" was finished or dropped already.`);
    return own;
  }
}
