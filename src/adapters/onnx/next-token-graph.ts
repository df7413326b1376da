import type { Tensor } from "onnxruntime-node";
import type { Grid, MaskedPath } from "../../decoding/path.js";
import type { Draws } from "../../decoding/path-sampler.js";
import { STREAMS, uniform } from "../../decoding/randomness.js";
import type { RasterStepRunner } from "../../decoding/raster-sampler.js";
import type { SamplerSettings } from "../../records/candidate.js";
import type { OnnxModel } from "./model.js";

/** Sizes of a generator, as its checkpoint.json says them. */
export interface NextTokenSizes {
  readonly textLength: number;
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
}

/** What a slot holds: whose text, and the codes whose keys and values are in its cache. */
interface Slot {
  text: string | undefined;
  readonly held: Uint16Array;
  cached: number;
  used: number;
}

/** From where to where a path is drawn, in a slot: codes before `known` are read in, those from it on are drawn. */
interface Span {
  readonly path: MaskedPath;
  readonly slot: number;
  readonly grid: Int32Array;
  readonly begin: number;
  readonly known: number;
  readonly end: number;
}

/** Stands for a random number where the likeliest code is taken. */
const LIKELIEST = -1;

/**
 * generator.onnx and caption.onnx of a bundled next-token generator behind one fixed batch shape, with the keys and values of
 * each slot here. A path that comes back goes on where it was; in another slot its codes are read in again, one by one, by the
 * very graph that drew them. Slots without a path keep what they hold.
 */
export class NextTokenGraph implements RasterStepRunner {
  readonly #model: OnnxModel;
  readonly #captions: OnnxModel;
  readonly #grid: Grid;
  readonly #side: number;
  readonly #sizes: NextTokenSizes;
  readonly #greedy: boolean;
  readonly #slots: Slot[];
  readonly #before: Int32Array;
  readonly #position: Int32Array;
  readonly #uniform: Float32Array;
  readonly #cache: Record<"keys" | "values" | "first", Float32Array>;
  readonly #found: { readonly drawn: Int32Array; readonly logProbability: Float32Array };
  readonly #fresh: Record<"keys" | "values", Float32Array>;
  readonly #feeds: Record<string, Tensor>;
  readonly #fetches: Record<string, Tensor>;
  #turn = 0;

  constructor(
    models: { readonly generator: OnnxModel; readonly captions: OnnxModel },
    about: { readonly slots: number; readonly grid: Grid; readonly sizes: NextTokenSizes },
    { guidanceScale, temperature }: SamplerSettings,
  ) {
    const { Tensor } = models.generator;
    const { slots, grid, sizes } = about;
    const { layers, heads, width } = sizes;
    [this.#model, this.#captions, this.#grid, this.#sizes] = [models.generator, models.captions, grid, sizes];
    this.#side = Math.round(Math.sqrt(grid.tokens));
    this.#greedy = temperature === 0;
    this.#slots = Array.from({ length: slots }, () => ({
      ...{ text: undefined, held: new Uint16Array(grid.tokens), cached: 0, used: 0 },
    }));
    const [rows, headWidth] = [2 * slots, width / heads];
    const shape = [rows, layers, heads, this.#places, headWidth];
    const one = layers * heads * headWidth;
    this.#before = new Int32Array(slots);
    this.#position = new Int32Array(slots);
    this.#uniform = new Float32Array(slots);
    this.#cache = {
      keys: new Float32Array(rows * one * this.#places),
      values: new Float32Array(rows * one * this.#places),
      first: new Float32Array(rows * width),
    };
    this.#found = { drawn: new Int32Array(slots), logProbability: new Float32Array(slots) };
    this.#fresh = { keys: new Float32Array(rows * one), values: new Float32Array(rows * one) };
    this.#feeds = {
      before: new Tensor("int32", this.#before, [slots]),
      position: new Tensor("int32", this.#position, [slots]),
      keys: new Tensor("float32", this.#cache.keys, shape),
      values: new Tensor("float32", this.#cache.values, shape),
      first: new Tensor("float32", this.#cache.first, [rows, width]),
      uniform: new Tensor("float32", this.#uniform, [slots]),
      guidance_scale: new Tensor("float32", Float32Array.of(Math.max(1, guidanceScale)), [1]),
      temperature: new Tensor("float32", Float32Array.of(temperature || 1), [1]),
    };
    this.#fetches = {
      drawn: new Tensor("int32", this.#found.drawn, [slots]),
      log_probability: new Tensor("float32", this.#found.logProbability, [slots]),
      fresh_keys: new Tensor("float32", this.#fresh.keys, [rows, layers, heads, headWidth]),
      fresh_values: new Tensor("float32", this.#fresh.values, [rows, layers, heads, headWidth]),
    };
  }

  /** Places of a cache: the words, the whole caption, and the codes. */
  get #places(): number {
    return this.#sizes.textLength + 1 + this.#grid.tokens;
  }

  /** The next row of at most `slots` paths; row i of the result belongs to `paths[i]`. */
  run(paths: readonly MaskedPath[]): Promise<Draws> {
    return this.#advance(paths, this.#side, this.#greedy);
  }

  async complete(paths: readonly MaskedPath[]): Promise<Int32Array> {
    return (await this.#advance(paths, this.#grid.tokens, true)).drawn;
  }

  async close(): Promise<void> {
    await this.#model.session.release();
    await this.#captions.session.release();
  }

  async #advance(paths: readonly MaskedPath[], most: number, greedy: boolean): Promise<Draws> {
    const { tokens } = this.#grid;
    const spans = await this.#placed(paths, most);
    const logProbability = new Float32Array(paths.length * tokens);
    const steps = Math.max(0, ...spans.map(({ begin, end }) => end - begin));
    for (let step = 0; step < steps; step++) {
      this.#position.fill(tokens);
      for (const span of spans) this.#fill(span, span.begin + step, greedy);
      await this.#model.session.run(this.#feeds, this.#fetches);
      for (const [row, span] of spans.entries()) {
        const place = span.begin + step;
        if (place >= span.end) continue;
        if (place > 0) this.#keep(span.slot, place - 1);
        if (place < span.known) continue;
        span.grid[place] = this.#found.drawn[span.slot] as number;
        logProbability[row * tokens + place] = this.#found.logProbability[span.slot] as number;
      }
    }
    const drawn = new Int32Array(paths.length * tokens);
    for (const [row, { slot, grid, end }] of spans.entries()) {
      drawn.set(grid, row * tokens);
      const held = this.#slots[slot] as Slot;
      held.held.set(grid);
      held.cached = Math.max(0, end - 1);
    }
    return { drawn, logProbability };
  }

  #fill({ path, slot, grid, end }: Span, place: number, greedy: boolean): void {
    if (place >= end) return;
    this.#position[slot] = place;
    this.#before[slot] = place === 0 ? 0 : (grid[place - 1] as number);
    const row = Math.floor(place / this.#side);
    this.#uniform[slot] = greedy ? LIKELIEST : uniform(path.seed, row, place, STREAMS.draw);
  }

  /** Puts what the graph made of a slot's code into its cache, in both branches. */
  #keep(slot: number, place: number): void {
    const { layers, heads, width, textLength } = this.#sizes;
    const [headWidth, at] = [width / heads, textLength + 1 + place];
    for (const branch of [slot, slot + this.#slots.length]) {
      for (let part = 0; part < layers * heads; part++) {
        const from = (branch * layers * heads + part) * headWidth;
        const to = ((branch * layers * heads + part) * this.#places + at) * headWidth;
        for (const name of ["keys", "values"] as const) {
          this.#cache[name].set(this.#fresh[name].subarray(from, from + headWidth), to);
        }
      }
    }
  }

  /** A path goes where most of it is in the cache; where nothing is, to the slot that was left alone for longest. */
  async #placed(paths: readonly MaskedPath[], most: number): Promise<Span[]> {
    const texts = paths.map(({ text }) => Array.from(text).join(" "));
    const shared = paths.map((path, row) =>
      this.#slots.map((slot) => inCommon(path, texts[row], slot, this.#side)),
    );
    const wishes = shared
      .flatMap((own, row) => own.map((codes, slot) => ({ row, slot, codes })))
      .sort(
        (a, b) =>
          b.codes - a.codes || (this.#slots[a.slot] as Slot).used - (this.#slots[b.slot] as Slot).used,
      );
    const slots = new Map<number, number>();
    const taken = new Set<number>();
    for (const { row, slot } of wishes) {
      if (slots.has(row) || taken.has(slot)) continue;
      slots.set(row, slot);
      taken.add(slot);
    }
    this.#turn += 1;
    const spans: Span[] = [];
    for (const [row, path] of paths.entries()) {
      const slot = slots.get(row) as number;
      const held = this.#slots[slot] as Slot;
      if (held.text !== texts[row]) await this.#read(slot, path.text, texts[row] as string);
      held.used = this.#turn;
      const known = path.step * this.#side;
      const begin = Math.min((shared[row]?.[slot] ?? 0) + 1, known);
      const end = Math.min(known + most, this.#grid.tokens);
      spans.push({ path, slot, grid: Int32Array.from(path.tokens), begin, known, end });
    }
    return spans;
  }

  /** Puts a text before a slot's codes, and no text in the unconditional branch. */
  async #read(slot: number, text: ArrayLike<number>, key: string): Promise<void> {
    const { layers, heads, width, textLength } = this.#sizes;
    const words = new Int32Array(2 * textLength);
    words.set(Array.from(text));
    const { Tensor } = this.#captions;
    const read = await this.#captions.session.run({ text: new Tensor("int32", words, [2, textLength]) });
    const [headWidth, places] = [width / heads, textLength + 1];
    for (const branch of [0, 1]) {
      const row = slot + branch * this.#slots.length;
      const first = read["first"]?.data as Float32Array;
      this.#cache.first.set(first.subarray(branch * width, (branch + 1) * width), row * width);
      for (const name of ["keys", "values"] as const) {
        const data = read[name]?.data as Float32Array;
        for (let part = 0; part < layers * heads; part++) {
          const from = (branch * layers * heads + part) * places * headWidth;
          const to = (row * layers * heads + part) * this.#places * headWidth;
          this.#cache[name].set(data.subarray(from, from + places * headWidth), to);
        }
      }
    }
    const held = this.#slots[slot] as Slot;
    held.text = key;
    held.cached = 0;
  }
}

/** Codes of a path, from the first, whose keys and values lie in a slot. */
function inCommon(path: MaskedPath, text: string | undefined, slot: Slot, side: number): number {
  if (slot.text !== text) return 0;
  const most = Math.min(slot.cached, Math.max(0, path.step * side - 1));
  for (let place = 0; place < most; place++) {
    if (slot.held[place] !== path.tokens[place]) return place;
  }
  return most;
}
