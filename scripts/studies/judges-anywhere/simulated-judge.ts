import type { ImageHandle } from "../../../src/records/image.js";
import type { Comparison, Judge, JudgeItem } from "../../../src/records/seams.js";
import { logistic } from "../../../src/statistics/bradley-terry.js";
import { randomStream } from "../../../src/statistics/random.js";

export interface SimulatedTraits {
  /** How much a difference of one standard deviation between two pictures moves its log-odds. */
  readonly strength: number;
  /** What it adds to the log-odds of the picture that is shown first. */
  readonly positionBias: number;
}

/** Pictures of a prompt that are nothing but how good they are, normally distributed. */
export class SimulatedPictures {
  readonly #quality = new WeakMap<ImageHandle, number>();
  readonly #random: ReturnType<typeof randomStream>;

  constructor(seed: number) {
    this.#random = randomStream(seed);
  }

  ofPrompt(id: string, count: number): JudgeItem[] {
    return Array.from({ length: count }, () => {
      const image: ImageHandle = { pixels: () => Promise.reject(new Error("it has none")) };
      this.#quality.set(image, this.#normal());
      return { prompt: { id, text: id }, image };
    });
  }

  quality(image: ImageHandle): number {
    return this.#quality.get(image) as number;
  }

  /** A judge that says the same whenever it is asked the same: of each pair and order one answer is drawn. */
  judge({ strength, positionBias }: SimulatedTraits): NonNullable<Judge["compare"]> {
    return async (items) =>
      items.map(({ first, second }): Comparison => {
        const odds = strength * (this.quality(first) - this.quality(second)) + positionBias;
        return { kind: "compared", first: Number(this.#random.uniform() < logistic(odds)) };
      });
  }

  /** Box and Muller, Annals of Mathematical Statistics 29, 1958. */
  #normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.#random.uniform()));
    return radius * Math.cos(2 * Math.PI * this.#random.uniform());
  }
}
