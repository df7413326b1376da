import type { StageRow } from "../adapters/store/index.js";
import { type DecideParams, decidePairs } from "../stages/review/decide-pairs.js";
import { findStage } from "./find-stage.js";
import { atWorkbench, type WorkbenchOptions } from "./workbench.js";

/** Makes the pair set that people's answers leave of a pairs stage, named by its id or first digits. */
export function decide(
  params: Omit<DecideParams, "pairs"> & { readonly pairs: string },
  options: WorkbenchOptions,
): Promise<StageRow> {
  return atWorkbench(options, ({ store, place }) =>
    decidePairs(place, { ...params, pairs: findStage(store, params.pairs, "pairs") }),
  );
}
