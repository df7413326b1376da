import { join } from "node:path";
import { type CorrectionRow, type JudgeFileRow, writeCorrections } from "../../adapters/arrow/index.js";
import type { StageRow } from "../../adapters/store/index.js";
import { shardFile } from "../../paths.js";
import { QUESTIONS } from "../../records/verdict.js";
import { judgeRows } from "../judge-shard.js";
import { runStage } from "../running/run-stage.js";
import type { StagePlace } from "../running/stage-place.js";

const OUTCOME = QUESTIONS.indexOf("outcome");

/**
 * Groups (prompt, wrong image, right image, reasons) that a generator learns self-correction from (arXiv 2501.13926,
 * section 4.2). The right image is the one of the prompt's, in the same shard, that has most tokens in common with the wrong one:
 * often another completion of the same state, so that repairing is a small change.
 */
export async function groupCorrections(
  place: StagePlace,
  { states }: { readonly states: StageRow },
): Promise<StageRow> {
  const { store } = place;
  const shards = store.shards.list(states.id);
  return runStage(place, {
    name: "judge-corrections",
    inputs: { states: states.id },
    shards: shards.length,
    reads: () => shards,
    unit: "images",
    unitsOf: (index) => shards[index]?.rows ?? 0,
    shard: async (index, stage, task) => {
      const groups = await groupShard(judgeRows(place, states, index));
      task.advance(shards[index]?.rows ?? 0);
      const [first] = groups;
      if (first === undefined) {
        store.shards.commit(stage.id, index, { rows: 0 });
        return;
      }
      const file = shardFile(stage, index);
      const shape = { tokens: first.bad_tokens.length, words: first.text.length };
      const written = await writeCorrections(join(store.workspace.root, file), groups, shape);
      store.shards.commit(stage.id, index, { ...written, file });
    },
    summary: (stage) => ({ groups: store.shards.progress(stage.id).rows }),
  });
}

async function groupShard(rows: AsyncIterable<JudgeFileRow>): Promise<CorrectionRow[]> {
  const wrong: JudgeFileRow[] = [];
  const right = new Map<string, JudgeFileRow[]>();
  for await (const row of rows) {
    const { promptId } = row;
    if (row.answers[OUTCOME] === 0) wrong.push(row);
    if (row.answers[OUTCOME] === 1) right.set(promptId, [...(right.get(promptId) ?? []), row]);
  }
  return wrong.flatMap((bad) => {
    const good = nearest(bad, right.get(bad.promptId) ?? []);
    return good === undefined ? [] : [groupOf(bad, good)];
  });
}

function nearest(bad: JudgeFileRow, candidates: readonly JudgeFileRow[]): JudgeFileRow | undefined {
  let best: { row: JudgeFileRow; common: number } | undefined;
  for (const row of candidates) {
    const common = row.tokens.filter((token, position) => token === bad.tokens[position]).length;
    if (best === undefined || common > best.common) best = { row, common };
  }
  return best?.row;
}

function groupOf({ prompt, tag, text, reasons, tokens }: JudgeFileRow, good: JudgeFileRow): CorrectionRow {
  return { prompt, tag, text: Uint16Array.from(text), reasons, bad_tokens: tokens, good_tokens: good.tokens };
}
