import type { Family } from "../../families/family.js";
import type { SamplerSettings } from "../../records/candidate.js";
import { type Closable, closeAll } from "../../records/closing.js";
import type { Detector, Encoder, ImageDecoder, Judge, Sampler } from "../../records/seams.js";
import { rememberingJudge } from "../../search/judges/remembering-judge.js";
import { searchSource } from "../../stages/sampling/search-source.js";
import type { CandidateSource } from "../../stages/sampling/wanted-candidates.js";

/** A checkpoint to open. */
export interface Openable {
  readonly identity: string;
  /** Finds its folder, and checks it where nobody has yet. */
  readonly folder: () => string | Promise<string>;
}

/** How a generator is sampled. */
export interface Sampling {
  readonly settings: SamplerSettings;
  readonly slots: number;
  readonly tokenizer: Openable;
}

type Kind = "generator" | "judge" | "tokenizer" | "encoder";

/** The models of one family: each is opened when it is first needed, and all are closed together. */
export class ModelCache {
  readonly #family: Family;
  /** Of the workspace; null where nothing may be written. */
  readonly #root: string | null;
  readonly #signal: AbortSignal | undefined;
  readonly #opened: Readonly<Record<Kind, Map<string, Promise<Closable> | Closable>>> = {
    generator: new Map(),
    judge: new Map(),
    tokenizer: new Map(),
    encoder: new Map(),
  };
  #detector: Promise<Detector> | undefined;

  constructor(family: Family, root: string | null, signal?: AbortSignal) {
    this.#family = family;
    this.#root = root;
    this.#signal = signal;
  }

  detector(): Promise<Detector> {
    this.#detector ??= Promise.resolve(this.#family.openDetector());
    return this.#detector;
  }

  decoder({ identity, folder }: Openable): Promise<ImageDecoder> {
    return this.#once("tokenizer", identity, async () => this.#family.openDecoder(await folder()));
  }

  encoder({ identity, folder }: Openable): Promise<Encoder> {
    return this.#once("encoder", identity, async () => this.#family.openEncoder(await folder()));
  }

  judge({ identity, folder }: Openable): Promise<Judge> {
    return this.#once("judge", identity, async () =>
      rememberingJudge(await this.#family.openJudge(await folder())),
    );
  }

  /** The caller closes it. */
  async openSampler({ folder }: Openable, { settings, slots, tokenizer }: Sampling): Promise<Sampler> {
    const decoder = await this.decoder(tokenizer);
    return this.#family.openSampler(await folder(), { decoder, settings, slots, root: this.#root });
  }

  /** Opens its sampler with the first candidate that is really needed. */
  source(generator: Openable, sampling: Sampling): CandidateSource {
    const { settings, slots } = sampling;
    const stop = this.#signal ? { signal: this.#signal } : {};
    return this.#once("generator", JSON.stringify([generator.identity, settings, slots]), () =>
      searchSource({
        checkpoint: generator.identity,
        settings,
        open: () => this.openSampler(generator, sampling),
        ...stop,
      }),
    );
  }

  /** Closes all generators and tokenizers but the last `count` that were asked for. Judges stay: an ensemble has many. */
  async keepLast(count: number): Promise<void> {
    for (const opened of [this.#opened.generator, this.#opened.tokenizer]) {
      const old = [...opened].slice(0, Math.max(0, opened.size - count));
      for (const [key] of old) opened.delete(key);
      await closeAll(old.map(([, model]) => model));
    }
  }

  async close(): Promise<void> {
    const models = Object.values(this.#opened).flatMap((opened) => [...opened.values()]);
    for (const opened of Object.values(this.#opened)) opened.clear();
    await closeAll(models);
  }

  /** One that could not be opened is opened anew when it is asked for again. */
  #once<Thing extends Promise<Closable> | Closable>(kind: Kind, key: string, open: () => Thing): Thing {
    const opened = this.#opened[kind];
    const known = opened.get(key) as Thing | undefined;
    const thing = known ?? open();
    // Map keeps insertion order: the first key is the longest unused.
    opened.delete(key);
    opened.set(key, thing);
    if (known === undefined && thing instanceof Promise) thing.catch(() => opened.delete(key));
    return thing;
  }
}
