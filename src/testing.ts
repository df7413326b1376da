import { createHash } from "node:crypto";
import { tokensOf } from "./decoding/grid-complaint.js";
import { imageSource } from "./decoding/image-source.js";
import { commitDraws, endPath, forkPath, type MaskedPath, openPath, settledTokens } from "./decoding/path.js";
import { STREAMS, uniform } from "./decoding/randomness.js";
import { maskedCounts, remaskingTemperature } from "./decoding/schedule.js";
import type { Candidate, SamplerSettings } from "./records/candidate.js";
import type { Detection } from "./records/detection.js";
import type { GridImage, Pixels } from "./records/image.js";
import type { Prompt } from "./records/prompt.js";
import { reasonFlags } from "./records/reasons.js";
import type { Correction, Decoder, Detector, Judge, JudgeItem, Path, Sampler } from "./records/seams.js";
import { QUESTIONS, type Question, type Verdict } from "./records/verdict.js";

/** A stand-in with only the members given; touching any other throws. For seams that a test must not use. */
export function fake<Seam extends object>(name: string, given: Partial<Seam>): Seam {
  return new Proxy(given, {
    get(target, member, receiver) {
      // Promises and inspectors look for these; they are not part of any seam.
      if (member in target || typeof member === "symbol" || member === "then") {
        return Reflect.get(target, member, receiver);
      }
      throw new Error(`${name}: "${member}" is not implemented by this fake.`);
    },
  }) as Seam;
}

export interface FakeSamplerOptions {
  readonly steps?: number;
  readonly slots?: number;
  /** Tokens of an image. */
  readonly tokens?: number;
  readonly codebookSize?: number;
  readonly checkpoint?: string;
  /** Called before each forward pass; may throw to break it. */
  readonly beforeStep?: (paths: readonly Path[]) => void | Promise<void>;
}

/** Samples tiny grids from hashes instead of a network: every other rule (seeds, schedule, forks, ids) is the real one. */
export class FakeSampler implements Sampler {
  readonly settings: SamplerSettings;
  readonly checkpoint: string;
  readonly slots: number;
  readonly evaluationsPerStep = 2;
  /** Sizes of the forward passes so far. */
  readonly batches: number[] = [];
  /** Paths opened or forked and not yet ended, now and at the most. */
  readonly openPaths = { now: 0, most: 0 };
  nfe = 0;
  readonly #codebookSize: number;
  readonly #counts: readonly number[];
  readonly #beforeStep: NonNullable<FakeSamplerOptions["beforeStep"]>;
  readonly #image: (tokens: Uint16Array) => GridImage;

  constructor(options: FakeSamplerOptions = {}) {
    const { steps = 4, slots = 4, tokens = 16, codebookSize = 32, checkpoint = "fake" } = options;
    this.settings = { steps, guidanceScale: 2, temperature: 1, schedule: "cosine" };
    this.checkpoint = checkpoint;
    this.slots = slots;
    this.#codebookSize = codebookSize;
    this.#counts = maskedCounts(tokens, steps);
    this.#beforeStep = options.beforeStep ?? (() => undefined);
    this.#image = imageSource(new FakeDecoder());
  }

  /** A correction changes what is drawn, as another seed would. */
  open(prompt: Prompt, seed: number, correction?: Correction): Path {
    const grid = { tokens: this.#counts[0] as number, mask: this.#codebookSize };
    return this.#count(openPath(prompt, seed, [], grid, correction));
  }

  async advance(paths: readonly Path[]): Promise<void> {
    for (let first = 0; first < paths.length; first += this.slots) {
      const batch = paths.slice(first, first + this.slots);
      await this.#beforeStep(batch);
      this.batches.push(batch.length);
      for (const path of batch) this.#step(path as MaskedPath);
    }
  }

  async preview(paths: readonly Path[]): Promise<GridImage[]> {
    return (paths as readonly MaskedPath[]).map(({ predicted, committedAt }) => ({
      ...this.#image(predicted as Uint16Array),
      settled: settledTokens(committedAt),
    }));
  }

  fork(path: Path, seed: number, remask: number): Path {
    return this.#count(forkPath(path as MaskedPath, seed, remask, this.#counts, this.#codebookSize));
  }

  finish(paths: readonly Path[]): Candidate[] {
    if (paths.some((path) => !path.done)) throw new Error("A path has steps left.");
    return paths.map((path) => this.#end(path as MaskedPath, "finished", ""));
  }

  drop(paths: readonly Path[], reason: string): Candidate[] {
    return paths.map((path) => this.#end(path as MaskedPath, "dropped", reason));
  }

  async close(): Promise<void> {}

  #step(path: MaskedPath): void {
    if (!path.open || path.done) throw new Error("A path that has ended was asked to advance.");
    const { tokens = [], reasons = [] } = path.correction ?? {};
    const said = [...tokens, ...reasonFlags(reasons)].reduce((sum, value) => (sum * 31 + value) >>> 0, 0);
    const seed = (path.seed ^ said) >>> 0;
    const draw = (position: number) => uniform(seed, path.step, position, STREAMS.draw);
    const drawn = Int32Array.from(path.tokens, (token, position) =>
      token < this.#codebookSize ? token : Math.floor(draw(position) * this.#codebookSize),
    );
    const logProbability = Float32Array.from(drawn, (_, position) => Math.log(draw(position) + 1e-9));
    const noise = remaskingTemperature(this.settings.temperature, path.step, this.settings.steps);
    commitDraws(path, drawn, logProbability, this.#counts[path.step + 1] as number, noise);
    path.done = path.step === this.settings.steps;
    path.nfe += this.evaluationsPerStep;
    this.nfe += this.evaluationsPerStep;
  }

  #count(path: MaskedPath): MaskedPath {
    this.openPaths.now += 1;
    this.openPaths.most = Math.max(this.openPaths.most, this.openPaths.now);
    return path;
  }

  #end(path: MaskedPath, status: Candidate["status"], reason: string): Candidate {
    if (!path.open) throw new Error("A path was ended twice.");
    this.openPaths.now -= 1;
    return endPath(path, this, status, reason);
  }
}

/** A judge that answers from a function. */
export class FakeJudge implements Judge {
  readonly identity = "fake-judge";
  readonly questions = QUESTIONS;
  /** Sizes of the batches so far. */
  readonly batches: number[] = [];

  constructor(
    readonly answer: (item: JudgeItem, question: Question) => Verdict,
    readonly batch = 4,
  ) {}

  async ask(question: Question, items: readonly JudgeItem[]): Promise<Verdict[]> {
    this.batches.push(items.length);
    return items.map((item) => this.answer(item, question));
  }

  async close(): Promise<void> {}
}

/** A detector that answers from a function. */
export class FakeDetector implements Detector {
  readonly identity = "fake-detector";

  constructor(readonly answer: (image: Pixels) => Detection[]) {}

  async detect(images: readonly Pixels[]): Promise<Detection[][]> {
    return images.map((image) => this.answer(image));
  }
}

/** One grey pixel a token, as bright as the token's id (modulo 256). */
export class FakeDecoder implements Decoder {
  /** Sizes of the calls so far. */
  readonly calls: number[] = [];

  async decode(grids: readonly Uint16Array[]): Promise<Pixels[]> {
    this.calls.push(grids.length);
    return grids.map((grid) => {
      const side = Math.ceil(Math.sqrt(grid.length));
      const data = new Uint8Array(side * side * 3);
      for (const [position, token] of grid.entries()) data.fill(token, position * 3, position * 3 + 3);
      return { width: side, height: side, data };
    });
  }
}

/** A prompt of plain text; its id is the text. */
export function fakePrompt(text: string): Prompt {
  return { id: text, text };
}

/** Scores every image by its first token: token / 32. */
export function scoreByFirstToken({ image }: JudgeItem): Verdict {
  return { kind: "scored", score: (tokensOf(image)[0] as number) / 32 };
}

/** Scores every image by a hash of question, prompt and tokens: opinions without a cause, the same for the same image. */
export function scoreByHash({ prompt, image }: JudgeItem, question: Question): Verdict {
  const said = JSON.stringify([question, prompt.text, Array.from(tokensOf(image))]);
  return { kind: "scored", score: createHash("sha256").update(said).digest().readUInt32BE(0) / 2 ** 32 };
}

/** The same judge, but some of its verdicts fail: those for which `fails` says so. */
export function withFaults(
  answer: FakeJudge["answer"],
  fails: (item: JudgeItem, question: Question) => boolean,
): FakeJudge["answer"] {
  return (item, question) =>
    fails(item, question) ? { kind: "failed", reason: "injected" } : answer(item, question);
}
