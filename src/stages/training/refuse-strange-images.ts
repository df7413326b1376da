import type { StageRow, Store } from "../../adapters/store/index.js";
import { ConfigError } from "../../errors.js";

/** What a family's trainer learns from. */
export type LearnsFrom = "grids" | "pictures";

/** Throws ConfigError where a set holds pairs of another kind of image than the trainer learns from. */
export function refuseStrangeImages(store: Store, sets: readonly StageRow[], learnsFrom: LearnsFrom): void {
  for (const { id } of sets) {
    const [pair] = store.pairs.iterate(id);
    if (pair === undefined) continue;
    const isOfPictures = store.candidates.find(pair.chosenId)?.picture !== undefined;
    if (isOfPictures === (learnsFrom === "pictures")) continue;
    throw new ConfigError(`${id} are pairs of ${isOfPictures ? PICTURES : GRIDS}`);
  }
}

const PICTURES =
  "pictures: expected pairs of token grids, which the trainer of this family learns from. Train them with the family diffusers, " +
  "export them for a trainer of pictures (espalier export), or import that export into a family whose tokenizer encodes them (espalier import).";
const GRIDS =
  "token grids: expected pairs of pictures, which the trainer of this family learns from. Train them with the family that drew them.";
