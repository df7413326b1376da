import type { StageRow, Store } from "../../adapters/store/index.js";
import { StoreError } from "../../errors.js";
import { commandLine } from "../../records/command-line.js";
import { type DecideParams, decidePairs } from "../../stages/review/decide-pairs.js";
import { findStage } from "../find-stage.js";
import { inStageSession, type StageSessionOptions } from "../single-stages/stage-session.js";

/** Makes the pair set that people's answers leave of a pairs stage, named by its id or first digits. */
export function decide(
  params: Omit<DecideParams, "pairs"> & { readonly pairs: string },
  options: StageSessionOptions,
): Promise<StageRow> {
  return inStageSession(options, async ({ store, place }) => {
    const pairs = findStage(store, params.pairs, "pairs");
    const [reviewed] = store.reviews.reviewed(pairs.id);
    if (reviewed === undefined) throw notReviewed(pairs, store);
    return decidePairs(place, { ...params, pairs });
  });
}

function notReviewed({ id }: StageRow, { workspace }: Store): StoreError {
  return new StoreError(
    `Nobody has answered on a pair of ${id} yet, so there is nothing to decide by. First: ${commandLine(["review", id], workspace.root)}`,
  );
}
