import type { StageRow, Store } from "../adapters/store/index.js";
import type { Prompt } from "../records/prompt.js";

/** Every prompt whose pairs a checkpoint, or one of its ancestors in the workspace, was trained on; repeats included. */
export function* trainedPrompts(store: Store, checkpoint: string): Generator<Prompt> {
  const stages = store.runs.list().flatMap(({ id }) => store.stages.list(id));
  const pairSets = stages.filter(({ name }) => name === "pairs");
  const seen = new Set<string>();
  for (const training of trainingsOf(store, checkpoint, stages)) {
    const hashes = training.inputs["pairSets"] as readonly string[];
    for (const { id, summary } of pairSets) {
      if (seen.has(id) || !hashes.includes(summary?.["pairSet"] as string)) continue;
      seen.add(id);
      yield* promptsOf(store, id);
    }
  }
}

function* trainingsOf(store: Store, checkpoint: string, stages: readonly StageRow[]): Generator<StageRow> {
  const open = [checkpoint];
  const visited = new Set<string>();
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (visited.has(id)) continue;
    visited.add(id);
    const row = store.checkpoints.find(id);
    const training = stages.find((stage) => stage.id === row?.stageId);
    if (training !== undefined) yield training;
    open.push(...(row?.parents ?? []));
  }
}

function* promptsOf(store: Store, stage: string): Generator<Prompt> {
  let last = "";
  for (const { promptId } of store.pairs.iterate(stage)) {
    if (promptId === last) continue;
    last = promptId;
    yield store.prompts.find(promptId) as Prompt;
  }
}
