import { ConfigError } from "../errors.js";
import type { Candidate, SamplerSettings } from "../records/candidate.js";
import type { GridImage } from "../records/image.js";
import type { Prompt } from "../records/prompt.js";
import type { Correction, Path, Sampler } from "../records/seams.js";
import { OneAtATime } from "./one-at-a-time.js";
import { endPath, type Grid, type MaskedPath, openPath } from "./path.js";
import { checkedSeed } from "./settings.js";

/** What a step drew. Views into buffers that the next step overwrites, shape (slots * tokens,). */
export interface Draws {
  readonly drawn: Int32Array;
  readonly logProbability: Float32Array;
}

/** One decoding step of many paths: whatever runs the generator. */
export interface StepRunner {
  /** One step of at most `slots` paths; row i of the result belongs to `paths[i]`. */
  run(paths: readonly MaskedPath[]): Promise<Draws>;
  close(): Promise<void>;
}

export interface PathSamplerOptions<Steps extends StepRunner = StepRunner> {
  readonly settings: SamplerSettings;
  /** Identity of the generator's checkpoint. */
  readonly checkpoint: string;
  readonly slots: number;
  readonly evaluationsPerStep: number;
  readonly grid: Grid;
  readonly steps: Steps;
  /** Throws unless the generator takes this correction. */
  readonly refuseCorrection: (correction: Correction) => void;
  /** Ids of a prompt. Throws PromptError when the prompt cannot be said. */
  readonly encodePrompt: (text: string) => ArrayLike<number>;
  /** An image from its token grid. */
  readonly image: (tokens: Uint16Array) => GridImage;
}

/** Keeps the state of paths, whatever runs the generator and in whatever order tokens come. */
export abstract class PathSampler<Steps extends StepRunner = StepRunner> implements Sampler {
  readonly settings: SamplerSettings;
  readonly checkpoint: string;
  readonly slots: number;
  readonly evaluationsPerStep: number;
  protected readonly options: PathSamplerOptions<Steps>;
  protected readonly grid: Grid;
  readonly #turns = new OneAtATime();
  #nfe = 0;

  constructor(options: PathSamplerOptions<Steps>) {
    this.settings = Object.freeze({ ...options.settings });
    this.checkpoint = options.checkpoint;
    this.slots = options.slots;
    this.evaluationsPerStep = options.evaluationsPerStep;
    this.options = options;
    this.grid = options.grid;
  }

  /** Ends a step of an open path with what was drawn, shape (tokens,) each. */
  protected abstract commit(path: MaskedPath, drawn: Int32Array, logProbability: Float32Array): void;
  /** As `fork`, of an open path and a checked share. */
  protected abstract forked(path: MaskedPath, seed: number, remask: number): MaskedPath;
  abstract preview(paths: readonly Path[]): Promise<GridImage[]>;

  get nfe(): number {
    return this.#nfe;
  }

  open(prompt: Prompt, seed: number, correction?: Correction): Path {
    if (correction !== undefined) this.options.refuseCorrection(correction);
    const text = this.options.encodePrompt(prompt.text);
    return openPath(prompt, checkedSeed(seed), text, this.grid, correction);
  }

  async advance(paths: readonly Path[]): Promise<void> {
    const own = paths.map((path) => this.own(path));
    const finished = own.find((path) => path.done);
    if (finished) throw new Error(`Path ${finished.seed} of "${finished.prompt.text}" has no steps left.`);
    if (new Set(own).size !== own.length) throw new Error("A path was asked to advance twice in one call.");
    await this.#turns.run(async () => {
      for (let first = 0; first < own.length; first += this.slots) {
        await this.#step(own.slice(first, first + this.slots));
      }
    });
  }

  fork(path: Path, seed: number, remask: number): Path {
    if (!(remask >= 0 && remask <= 1)) throw new ConfigError(`Expected a share from 0 to 1, got ${remask}.`);
    return this.forked(this.own(path), checkedSeed(seed), remask);
  }

  finish(paths: readonly Path[]): Candidate[] {
    const unfinished = paths.find((path) => !path.done);
    if (unfinished) {
      const { prompt, step } = unfinished;
      throw new Error(
        `A path of "${prompt.text}" is at step ${step} of ${this.settings.steps}: drop it instead.`,
      );
    }
    return paths.map((path) => endPath(this.own(path), this, "finished", ""));
  }

  drop(paths: readonly Path[], reason: string): Candidate[] {
    return paths.map((path) => endPath(this.own(path), this, "dropped", reason));
  }

  async close(): Promise<void> {
    await this.#turns.settled();
    await this.options.steps.close();
  }

  async #step(paths: readonly MaskedPath[]): Promise<void> {
    const { drawn, logProbability } = await this.options.steps.run(paths);
    for (const [row, path] of paths.entries()) {
      const [start, end] = [row * this.grid.tokens, (row + 1) * this.grid.tokens];
      this.commit(path, drawn.subarray(start, end), logProbability.subarray(start, end));
      path.done = path.step === this.settings.steps;
      this.count(path, this.evaluationsPerStep);
    }
  }

  /** Counts function evaluations that were spent on a path. */
  protected count(path: MaskedPath, evaluations: number): void {
    path.nfe += evaluations;
    this.#nfe += evaluations;
  }

  /** In turn with steps, which share buffers and caches. */
  protected turn<Result>(task: () => Promise<Result>): Promise<Result> {
    return this.#turns.run(task);
  }

  /** A path that was neither finished nor dropped. */
  protected own(path: Path): MaskedPath {
    const own = path as MaskedPath;
    if (!own.open)
      throw new Error(`Path ${path.seed} of "${path.prompt.text}" was finished or dropped already.`);
    return own;
  }
}
