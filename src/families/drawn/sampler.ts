import type { DrawingWorker, OpenDrawerRequest, PathHolder } from "../../adapters/python/index.js";
import { candidateId } from "../../decoding/candidate-id.js";
import { checkedSeed } from "../../decoding/settings.js";
import { ConfigError, TrainerError } from "../../errors.js";
import type { Candidate, Fork, SamplerSettings } from "../../records/candidate.js";
import type { ImageHandle, Pixels } from "../../records/image.js";
import type { StoredPicture } from "../../records/picture.js";
import type { Prompt } from "../../records/prompt.js";
import type { Correction, Path, Sampler } from "../../records/seams.js";
import { type DrawnPath, earlierStep, forkRequest, leadTo } from "./drawn-path.js";
import { pictureImage } from "./kept-picture.js";

export interface DrawnSamplerOptions {
  readonly worker: DrawingWorker;
  /** What the worker loads; one generator at a time, this one again whenever it draws. */
  readonly generator: OpenDrawerRequest;
  readonly settings: SamplerSettings;
  readonly slots: number;
  /** Keeps the picture of a path that ended. */
  readonly keep: (pixels: Pixels) => Promise<StoredPicture>;
}

/** Paths of a generator that draws pictures: the worker holds their states, and what ends here is kept as a picture. */
export class DrawnSampler implements Sampler {
  readonly settings: SamplerSettings;
  readonly checkpoint: string;
  readonly slots: number;
  readonly evaluationsPerStep: number;
  readonly #options: DrawnSamplerOptions;
  #numbers = 0;
  #nfe = 0;
  #ending: Promise<void>[] = [];

  private constructor(options: DrawnSamplerOptions, opened: PathHolder["opened"]) {
    this.#options = options;
    this.settings = Object.freeze({ ...options.settings });
    this.slots = options.slots;
    this.checkpoint = opened.generator;
    this.evaluationsPerStep = opened.evaluations_a_step;
  }

  /** Loads the generator. Throws ConfigError when its folder does not hold what it should, TrainerError when the worker fails. */
  static async open(options: DrawnSamplerOptions): Promise<DrawnSampler> {
    const { worker, generator } = options;
    return new DrawnSampler(options, await worker.drawing(generator, async ({ opened }) => opened));
  }

  get nfe(): number {
    return this.#nfe;
  }

  open(prompt: Prompt, seed: number, correction?: Correction): Path {
    if (correction !== undefined)
      throw new ConfigError("Expected a path without a correction: no generator of pictures corrects them.");
    return this.#begun({ prompt, seed: checkedSeed(seed), origin: seed, forks: [], step: 0 });
  }

  async advance(paths: readonly Path[]): Promise<void> {
    const own = paths.map(opened);
    if (own.some(({ done }) => done)) throw new Error("A path that has no steps left was asked to advance.");
    for (const some of chunks(own, this.slots)) {
      await this.#with(some, (holder) => holder.advance(some.map(({ number }) => number)));
      for (const path of some) this.#stepped(path);
    }
  }

  async preview(paths: readonly Path[]): Promise<ImageHandle[]> {
    return (await this.#pixels(paths.map(opened))).map(pictureImage);
  }

  fork(path: Path, seed: number, remask: number): Path {
    return this.#forked(opened(path), opened(path).step, seed, remask);
  }

  neighbour(path: Path, seed: number, distance: number): Path {
    return this.#forked(opened(path), 0, seed, distance);
  }

  finish(paths: readonly Path[]): Candidate[] {
    if (paths.some(({ done }) => !done)) throw new Error("A path with steps left was asked to finish.");
    return paths.map((path) => this.#end(opened(path), "finished", ""));
  }

  drop(paths: readonly Path[], reason: string): Candidate[] {
    return paths.map((path) => this.#end(opened(path), "dropped", reason));
  }

  async settle(): Promise<void> {
    const ending = this.#ending;
    this.#ending = [];
    await Promise.all(ending);
  }

  /** The worker is closed by whoever opened it. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#ending);
  }

  #begun(from: Pick<DrawnPath, "prompt" | "seed" | "origin" | "forks" | "step">): DrawnPath {
    this.#numbers += 1;
    const done = from.step === this.settings.steps;
    return { ...from, number: this.#numbers, done, nfe: 0, open: true, epoch: 0, shown: undefined };
  }

  #stepped(path: DrawnPath): void {
    path.step += 1;
    path.done = path.step === this.settings.steps;
    path.nfe += this.evaluationsPerStep;
    this.#nfe += this.evaluationsPerStep;
  }

  /** A path that leaves `path` after `step` of its steps, and goes back over a share of them. */
  #forked(path: DrawnPath, step: number, seed: number, share: number): DrawnPath {
    if (!(share >= 0 && share <= 1)) throw new ConfigError(`Expected a share from 0 to 1, got ${share}.`);
    const { prompt, origin, forks } = path;
    const earlier = earlierStep({ step, remask: share });
    const fork = this.#begun({
      ...{ prompt, origin, seed: checkedSeed(seed), step: earlier },
      forks: [...forks, { step, remask: share, seed }],
    });
    // At once, before the path goes on; where the worker lacks it, or it is further by now, the fork is led there anew.
    if (step === path.step && path.epoch > 0) void this.#forkInWorker(path, fork).catch(() => undefined);
    return fork;
  }

  #forkInWorker(path: DrawnPath, fork: DrawnPath): Promise<void> {
    return this.#holding(async (holder) => {
      if (path.epoch !== holder.epoch) return;
      const last = fork.forks.at(-1) as Fork;
      await holder.fork(forkRequest(fork.number, path.number, last));
      fork.epoch = holder.epoch;
    });
  }

  async #pixels(paths: readonly DrawnPath[]): Promise<Pixels[]> {
    const unseen = paths.filter(({ shown, step }) => shown?.step !== step);
    const fresh = unseen.find(({ step, forks }) => step === 0 && forks.length === 0);
    if (fresh) throw new Error(`A path of "${fresh.prompt.text}" has not taken a step yet.`);
    for (const some of chunks(unseen, this.slots)) {
      const { shape, data } = await this.#with(some, (holder) =>
        holder.show(some.map(({ number }) => number)),
      );
      const [count, height = 0, width = 0] = shape;
      if (count !== some.length)
        throw new TrainerError(`The worker showed ${count} of ${some.length} paths.`);
      const size = height * width * 3;
      for (const [row, path] of some.entries()) {
        const pixels = { width, height, data: data.slice(row * size, (row + 1) * size) };
        path.shown = { step: path.step, pixels };
      }
    }
    return paths.map(({ shown }) => (shown as NonNullable<typeof shown>).pixels);
  }

  #end(path: DrawnPath, status: Candidate["status"], reason: string): Candidate {
    path.open = false;
    const { prompt, origin, forks, step, nfe } = path;
    const { checkpoint, settings } = this;
    const history = forks.length > 0 ? { forks } : {};
    const droppedAt = status === "dropped" ? { droppedAt: step } : {};
    const candidate: Candidate & { picture?: Candidate["picture"] } = {
      id: candidateId({
        checkpoint,
        promptText: prompt.text,
        settings,
        seed: origin,
        ...history,
        ...droppedAt,
      }),
      ...{ promptId: prompt.id, checkpoint, settings, seed: origin, ...history },
      ...{ tokens: new Uint16Array(), committedAt: new Uint8Array(), steps: step, nfe, status, reason },
    };
    const kept = this.#kept(path).then((picture) => Object.assign(candidate, { picture }));
    kept.catch(() => undefined);
    this.#ending.push(kept.then(() => undefined));
    return candidate;
  }

  /** Keeps the picture of a path that has ended, and has the worker forget it. */
  async #kept(path: DrawnPath): Promise<StoredPicture> {
    const isEmpty = path.step === 0 && path.forks.length === 0;
    const [pixels] = isEmpty ? [await this.#grey()] : await this.#pixels([path]);
    await this.#holding((holder) => holder.drop([path.number]));
    path.shown = undefined;
    return this.#options.keep(pixels as Pixels);
  }

  async #grey(): Promise<Pixels> {
    const { width, height } = await this.#holding(async ({ opened }) => opened);
    const sides = { width: width ?? GREY.side, height: height ?? GREY.side };
    return { ...sides, data: new Uint8Array(sides.width * sides.height * 3).fill(GREY.level) };
  }

  #holding<Result>(task: (holder: PathHolder) => Promise<Result>): Promise<Result> {
    const { worker, generator } = this.#options;
    return worker.drawing(generator, task);
  }

  /** Runs a task on paths that the worker has, or has been led to anew. */
  #with<Result>(paths: readonly DrawnPath[], task: (holder: PathHolder) => Promise<Result>): Promise<Result> {
    return this.#holding(async (holder) => {
      await leadTo(paths, holder);
      return task(holder);
    });
  }
}

/** What a path shows that has taken no step. */
const GREY = { side: 64, level: 128 };

function opened(path: Path): DrawnPath {
  const own = path as DrawnPath;
  if (own.open) return own;
  throw new Error(`Path ${path.seed} of "${path.prompt.text}" was finished or dropped already.`);
}

function* chunks<Item>(items: readonly Item[], size: number): Generator<readonly Item[]> {
  for (let first = 0; first < items.length; first += size) yield items.slice(first, first + size);
}
