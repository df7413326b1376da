import { createHash } from "node:crypto";
import { type RandomStream, randomStream } from "../../src/statistics/random.js";

/** A stream with what trials ask of it. */
export interface Chance extends RandomStream {
  pick<Item>(items: readonly Item[]): Item;
  /** True with probability `share`. */
  is(share: number): boolean;
}

/** The stream that a name fixes. */
export function chanceOf(name: string): Chance {
  const stream = randomStream(createHash("sha256").update(name).digest().readUInt32BE(0));
  return {
    ...stream,
    pick: (items) => {
      if (items.length === 0) throw new Error("There is nothing to pick from.");
      return items[stream.below(items.length)] as (typeof items)[number];
    },
    is: (share) => stream.uniform() < share,
  };
}
