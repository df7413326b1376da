import type { JudgeFileRow } from "../../adapters/arrow/index.js";
import type { Json, StageRow } from "../../adapters/store/index.js";
import { QUESTIONS } from "../../records/verdict.js";
import { judgeRows, writeJudgeShard } from "../judge-shard.js";
import { runStage } from "../running/run-stage.js";
import type { StagePlace } from "../running/stage-place.js";
import { type AnswerCounts, BALANCE, countAnswers, keepAnswers, keepChances } from "./balance.js";

/** Writes what is kept of labelled states so that answers are balanced by label, task and step; shard by shard. */
export async function balanceStates(
  place: StagePlace,
  { states, seed }: { readonly states: StageRow; readonly seed: number },
): Promise<StageRow> {
  const shards = place.store.shards.list(states.id);
  let chances: Promise<AnswerCounts> | undefined;
  const open = () => {
    chances ??= countAnswers(judgeRows(place, states)).then(keepChances);
    return chances;
  };
  return runStage(place, {
    name: "judge-samples",
    inputs: { states: states.id, seed, balance: BALANCE },
    shards: shards.length,
    reads: () => shards,
    unit: "images",
    unitsOf: (index) => shards[index]?.rows ?? 0,
    shard: async (index, stage, task) => {
      const kept: JudgeFileRow[] = [];
      for await (const row of judgeRows(place, states, index)) {
        const one = keepAnswers(row, await open(), seed);
        if (one !== undefined) kept.push(one);
      }
      await writeJudgeShard(place, { stage, index }, kept);
      task.advance(shards[index]?.rows ?? 0);
    },
    summary: async (stage) => ({
      images: place.store.shards.progress(stage.id).rows,
      answers: totals(await countAnswers(judgeRows(place, stage))),
    }),
  });
}

/** Answers of each question: no, yes. */
function totals(counts: AnswerCounts): Json {
  const sums = QUESTIONS.map((question, index) => {
    const cells = [...counts].filter(([key]) => key.startsWith(`${index}|`)).map(([, cell]) => cell);
    const sum = (label: 0 | 1) => cells.reduce((total, cell) => total + cell[label], 0);
    return [question, { no: sum(0), yes: sum(1) }] as const;
  });
  return Object.fromEntries(sums);
}
