import { encodedSide, knownFile, readAnyPairs } from "../../adapters/arrow/index.js";
import type { StageRow, Store } from "../../adapters/store/index.js";
import { pictureBytes } from "../../pictures/picture-bytes.js";
import type { Prompt } from "../../records/prompt.js";
import { type SetImage, setImage } from "../../stages/image-overlap.js";

/** Every prompt whose pairs checkpoints, or ancestors of theirs in the workspace, were trained on; repeats included. */
export function* trainedPrompts(store: Store, ...checkpoints: readonly string[]): Generator<Prompt> {
  for (const { id } of trainedSets(store, checkpoints)) yield* promptsOf(store, id);
}

/** The images of these pairs. A set whose file is gone cannot be compared and is left out. */
export async function* trainedImages(store: Store, checkpoint: string): AsyncGenerator<SetImage> {
  for (const { id } of trainedSets(store, [checkpoint])) {
    for (const { file, sha256, index } of store.shards.list(id)) {
      if (file === null || !store.shards.isDone(id, index)) continue;
      for await (const { chosen, rejected } of readAnyPairs(
        await knownFile(store.workspace.root, { file, sha256 }),
        pictureBytes(store),
      )) {
        for (const side of [chosen, rejected]) yield setImage(await encodedSide(side), side.tokens);
      }
    }
  }
}

/** The pair sets that checkpoints or their ancestors were trained on: mined, imported or decided on by people. */
function* trainedSets(store: Store, checkpoints: readonly string[]): Generator<StageRow> {
  const stages = store.stages.all();
  const pairSets = stages.filter(({ name }) => name === "pairs" || name.startsWith("pairs-"));
  const seen = new Set<string>();
  for (const training of trainingsOf(store, checkpoints, stages)) {
    const hashes = training.inputs["pairSets"] as readonly string[];
    for (const set of pairSets) {
      if (seen.has(set.id) || !hashes.includes(set.summary?.["pairSet"] as string)) continue;
      seen.add(set.id);
      yield set;
    }
  }
}

function* trainingsOf(
  store: Store,
  checkpoints: readonly string[],
  stages: readonly StageRow[],
): Generator<StageRow> {
  const open = [...checkpoints];
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
