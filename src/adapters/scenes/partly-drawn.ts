import { type Random, shuffled } from "./random.js";
import { type Place, type Scene, SIDE, TOKEN_SIDE } from "./scene.js";

/** A scene as a generator's preview might show it midway, made without a generator. */
export interface PartlyDrawn {
  /** Codebook indices, shape (tokens,). */
  readonly tokens: Uint16Array;
  /** 1 where the scene's own token is settled, shape (tokens,). */
  readonly settled: Uint8Array;
}

/** A share s of settled tokens lets each object be guessed with a chance of s ** GUESSING: a few tokens tell much. */
const GUESSING = 0.6;
const COLUMNS = SIDE / TOKEN_SIDE;

/**
 * The scene with `masked` of its tokens, at random, not yet settled. Each object is then guessed rightly or not as a whole;
 * the unsettled tokens of one that is not are those that one of `others` has in their places.
 */
export function partlyDrawn(
  { objects }: Scene,
  tokens: Uint16Array,
  { masked, others, random }: { masked: number; others: readonly Uint16Array[]; random: Random },
): PartlyDrawn {
  const shown = tokens.slice();
  const settled = new Uint8Array(tokens.length).fill(1);
  for (const position of shuffled([...tokens.keys()], random).slice(0, masked)) settled[position] = 0;
  const guessed = (1 - masked / tokens.length) ** GUESSING;
  for (const object of objects) {
    const other = random.pick(others);
    if (random.uniform(0, 1) < guessed) continue;
    for (const position of positionsOf(object)) {
      if (settled[position] === 0) shown[position] = other[position] as number;
    }
  }
  return { tokens: shown, settled };
}

/** The 3 x 3 tokens of an object. */
function positionsOf({ column, row }: Place): number[] {
  return [-1, 0, 1].flatMap((down) => [-1, 0, 1].map((right) => (row + down) * COLUMNS + column + right));
}
