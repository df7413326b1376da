import { join } from "node:path";
import { type JudgeFileRow, knownFile, readJudgeRows, writeJudgeRows } from "../adapters/arrow/index.js";
import type { StageRow } from "../adapters/store/index.js";
import { shardFile } from "../paths.js";
import type { StagePlace } from "./running/stage-place.js";

/** Writes labelled images as the Arrow file of shard `index` and commits its row. No file without images. */
export async function writeJudgeShard(
  { store }: StagePlace,
  { stage, index }: { readonly stage: StageRow; readonly index: number },
  rows: readonly JudgeFileRow[],
): Promise<void> {
  const [first] = rows;
  if (first === undefined) {
    store.shards.commit(stage.id, index, { rows: 0 });
    return;
  }
  const file = shardFile(stage, index);
  const { tokens, text } = first;
  const shape = { tokens: tokens.length, text: text.length, wide: text instanceof Uint32Array };
  const written = await writeJudgeRows(join(store.workspace.root, file), rows, shape);
  store.shards.commit(stage.id, index, { ...written, file });
}

/** The labelled images of a finished stage's shards, in order; of one shard when `index` is given. */
export async function* judgeRows(
  { store }: StagePlace,
  stage: StageRow,
  index?: number,
): AsyncGenerator<JudgeFileRow> {
  for (const shard of store.shards.list(stage.id)) {
    const isMeant = index === undefined || shard.index === index;
    if (isMeant && shard.file !== null) {
      const { file, sha256 } = shard;
      yield* readJudgeRows(await knownFile(store.workspace.root, { file, sha256 }));
    }
  }
}
