import type { StageRow, Store } from "../../adapters/store/index.js";

/** The stages, and all that were made of what they made, in the order in which they were begun. */
export function withDependents(store: Store, stages: readonly StageRow[]): StageRow[] {
  const all = store.stages.all();
  const found = new Map(stages.map((stage) => [stage.id, stage]));
  for (let before = 0; before < found.size; ) {
    before = found.size;
    const products = [...found.values()].flatMap((stage) => productsOf(store, stage));
    const needing = store.removals.needing([...found.keys()]);
    for (const stage of all) {
      const isOne =
        needing.includes(stage.id) || names(stage, products) || readsVerdicts(stage, [...found.values()]);
      if (isOne) found.set(stage.id, stage);
    }
  }
  return [...found.values()].sort((one, other) => one.startedAt - other.startedAt);
}

/** By what the inputs of other stages name a stage: its id, its files, its checkpoints, its pair set. */
function productsOf(store: Store, { id, summary }: StageRow): string[] {
  const checkpoints = store.checkpoints.list().filter(({ stageId }) => stageId === id);
  const files = store.shards.list(id).flatMap(({ sha256 }) => sha256 ?? []);
  const pairSet = summary?.["pairSet"];
  return [
    id,
    ...files,
    ...checkpoints.map((one) => one.id),
    ...(typeof pairSet === "string" ? [pairSet] : []),
  ];
}

function names({ inputs }: StageRow, products: readonly string[]): boolean {
  const text = JSON.stringify(inputs);
  return products.some((product) => text.includes(`"${product}"`));
}

/** Whether a stage was made of what a judge said in one of the scores stages: it names the judge and the candidates, not the stage. */
function readsVerdicts({ name, inputs }: StageRow, stages: readonly StageRow[]): boolean {
  if (name === "scores") return false;
  return stages.some(
    (one) =>
      one.name === "scores" &&
      one.inputs["candidates"] === inputs["candidates"] &&
      one.inputs["judge"] === inputs["judge"],
  );
}
