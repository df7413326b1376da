import type { StageRow, Store } from "../../src/adapters/store/index.js";
import { SILENT } from "../../src/records/progress.js";
import { REASONS } from "../../src/records/reasons.js";
import { NOT_ASKED, QUESTIONS } from "../../src/records/verdict.js";
import { writeJudgeShard } from "../../src/stages/judge-shard.js";
import { runStage } from "../../src/stages/running/run-stage.js";

/** A finished stage of eight labelled images, as `judge data` makes them, for models with 17 text ids and 16 tokens of 64 codes. */
export function judgeSamples(store: Store): Promise<StageRow> {
  store.runs.open({ id: "samples", pipeline: "samples", configHash: "samples", config: {} });
  store.rounds.open({ runId: "samples", number: 1, manifest: {} });
  const place = { store, runId: "samples", round: 1, progress: SILENT };
  return runStage(place, {
    name: "judge-samples",
    inputs: {},
    shards: 1,
    reads: () => [],
    unit: "images",
    unitsOf: () => 8,
    shard: (index, stage) =>
      writeJudgeShard(
        place,
        { stage, index },
        Array.from({ length: 8 }, (_, row) => sampleOf(row)),
      ),
    summary: () => ({}),
  });
}

function sampleOf(row: number) {
  const answers = new Uint8Array(QUESTIONS.length).fill(NOT_ASKED);
  answers[QUESTIONS.indexOf("outcome")] = row % 2;
  return {
    promptId: `prompt-${row % 4}`,
    prompt: "a photo of a cat",
    tag: "single_object",
    text: new Uint16Array(17),
    path: `path-${row}`,
    step: 4,
    steps: 4,
    tokens: Uint16Array.from({ length: 16 }, (_, place) => (row * 16 + place * 7) % 64),
    settled: new Uint8Array(16).fill(1),
    answers,
    reasons: new Uint8Array(REASONS.length),
    written: "",
  };
}
