import type { StageRow, Store } from "../../adapters/store/index.js";
import { ConfigError } from "../../errors.js";

/** Throws ConfigError where a set holds pairs of pictures: the trainers here learn from token grids. */
export function refusePictures(store: Store, sets: readonly StageRow[]): void {
  for (const { id } of sets) {
    const [pair] = store.pairs.iterate(id);
    if (pair === undefined || store.candidates.find(pair.chosenId)?.picture === undefined) continue;
    throw new ConfigError(
      `${id} are pairs of pictures: expected pairs of token grids, which the trainers of this project learn from. ` +
        "Export them for a trainer of pictures (espalier export), or import that export into a family whose tokenizer encodes them (espalier import).",
    );
  }
}
