import type { Json, StageRow, Store } from "../../adapters/store/index.js";

/** A stage as others may see it: what it was made of, and what came out. */
export interface PublishedStage {
  readonly name: string;
  readonly id: string;
  readonly inputsHash: string;
  readonly inputs: Json;
  readonly summary: Json | null;
}

/** A stage and, before it, those that its inputs name, nearest last. */
export function lineageOf(store: Store, stage: StageRow): PublishedStage[] {
  const found = new Map<string, StageRow>();
  const walk = (one: StageRow): void => {
    if (found.has(one.id)) return;
    for (const value of Object.values(one.inputs).flat()) {
      const named = typeof value === "string" ? store.stages.find(value) : undefined;
      if (named !== undefined) walk(named);
    }
    found.set(one.id, one);
  };
  walk(stage);
  return [...found.values()].map(({ name, id, inputsHash, inputs, summary }) => {
    return { name, id, inputsHash, inputs, summary };
  });
}
